// Package nearest finds the known word that somebody most likely meant, for
// messages such as: unknown key "retenton", did you mean "retention"?
package nearest

import "strings"

// Word returns the known word nearest to got by edit distance (insert, delete,
// replace, swap of neighbours; case does not count), and false if none is near
// enough to be a likely slip: within a third of the longer word's length, and
// always within one. The first of several equals wins.
func Word(got string, known []string) (string, bool) {
	best, at := "", -1
	low := []rune(strings.ToLower(got))
	if len(low) > 64 { // nobody slips that far; keeps the work bounded
		return "", false
	}
	for _, k := range known {
		word := []rune(strings.ToLower(k))
		d := distance(low, word)
		if d <= max(1, max(len(low), len(word))/3) && (at < 0 || d < at) {
			best, at = k, d
		}
	}
	return best, at >= 0
}

// Hint returns ", did you mean X?" for the nearest word, or nothing: to be put
// at the end of an error message.
func Hint(got string, known []string) string {
	if w, ok := Word(got, known); ok {
		return ", did you mean \"" + w + "\"?"
	}
	return ""
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b []rune) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
