package incident

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of the index of words.
const (
	maxWords = 500 // of one report
	maxWord  = 60  // bytes; the rest of a longer one is not searched
	minWord  = 2
)

// wordsOf lists the words of texts, each once: runs of letters and digits, and what is written as one with . - _ @ + or as an address. Of names with
// dots the ends are words too, so that example.org finds www.example.org.
func wordsOf(texts ...string) []string {
	seen := map[string]bool{}
	var list []string
	add := func(w string) {
		if len(w) > maxWord {
			w = strings.ToValidUTF8(w[:maxWord], "")
		}
		if len(w) >= minWord && !seen[w] && len(list) < maxWords {
			seen[w] = true
			list = append(list, w)
		}
	}
	for _, text := range texts {
		for run := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !inWord(r) && !joins(r) }) {
			for _, w := range parts(run) {
				add(w)
			}
			if len(list) >= maxWords {
				return list
			}
		}
	}
	return list
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func joins(r rune) bool { return strings.ContainsRune(".-_@+:", r) }

// parts gives what a run of letters and marks is found by: itself, its words, and its ends after dots and @.
func parts(run string) []string {
	run = strings.TrimFunc(run, joins)
	if strings.Contains(run, ":") {
		if _, err := netip.ParseAddr(run); err != nil {
			var all []string
			for p := range strings.SplitSeq(run, ":") {
				all = append(all, parts(p)...)
			}
			return all
		}
	}
	list := []string{run}
	if !strings.ContainsFunc(run, joins) {
		return list
	}
	for i, r := range run {
		if (r == '.' || r == '@') && strings.Contains(run[i+1:], ".") {
			list = append(list, run[i+1:])
		}
	}
	return append(list, strings.FieldsFunc(run, joins)...)
}

// terms gives what to search for: a text's runs as they are written.
func terms(text string) (list []string) {
	for run := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !inWord(r) && !joins(r) }) {
		run = strings.TrimFunc(run, joins)
		if len(run) > maxWord {
			run = strings.ToValidUTF8(run[:maxWord], "")
		}
		if run != "" && !slices.Contains(list, run) {
			list = append(list, run)
		}
	}
	return list
}

// beyond is the first text after all that begin with a term.
func beyond(term string) string { return term + "\U0010ffff" }

// like writes a term for LIKE in the column words, which has a blank before each word.
func like(term string) string {
	return "% " + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term) + "%"
}

// joined is what the column words keeps.
func joined(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// reword puts other words of a report or an incident into the index, in the place of those that it had.
func reword(tx *sqldb.Tx, table, thing, before string, words []string) error {
	had := strings.Fields(before)
	if err := changeWords(tx, `DELETE FROM `+table+`_word WHERE word = $1 AND `+table+` = $2`, thing, had, words); err != nil {
		return err
	}
	if err := changeWords(tx, `INSERT INTO `+table+`_word (word, `+table+`) VALUES ($1, $2) ON CONFLICT DO NOTHING`, thing, words, had); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE `+table+` SET words = $2 WHERE id = $1`, thing, joined(words))
	return err
}

// changeWords runs a statement for the words of a list that the other has not.
func changeWords(tx *sqldb.Tx, statement, thing string, list, other []string) error {
	known := map[string]bool{}
	for _, w := range other {
		known[w] = true
	}
	var stmt *sqldb.Stmt
	for _, w := range list {
		if known[w] {
			continue
		}
		if stmt == nil {
			var err error
			if stmt, err = tx.Prepare(statement); err != nil {
				return err
			}
			defer stmt.Close()
		}
		if _, err := stmt.Exec(w, thing); err != nil {
			return err
		}
	}
	return nil
}
