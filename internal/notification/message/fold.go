package message

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// columns is how wide a line of the text is: what a telephone and a mail program from 1990 both show without breaking it again.
const columns = 72

// fold breaks each line of the text that is too long at its blanks. What follows is indented as the line was; behind a list's mark it stands
// below the item's text; and a line indented by four or more, which holds what others wrote, is continued two columns further in. A word that is longer
// than a line stays whole, unless it is a value with blanks.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/32)
	blank := 0
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \r\n")
		if line == "--" {
			line = signature
		}
		if line == "" {
			blank++
			continue
		}
		if blank > 0 && b.Len() > 0 {
			b.WriteByte('\n') // templates leave empty lines behind: several are one, and none is first
		}
		blank = 0
		foldLine(&b, line)
	}
	return strings.ReplaceAll(b.String(), string(glue), " ")
}

func foldLine(b *strings.Builder, line string) {
	if utf8.RuneCountInString(line) <= columns {
		b.WriteString(line)
		b.WriteByte('\n')
		return
	}
	indent, hang := indents(line)
	b.WriteString(line[:indent])
	col, first := indent, true
	for word := range words(line[indent:]) {
		for i, piece := range pieces(word, columns-max(hang, inside)) {
			n := utf8.RuneCountInString(piece)
			switch {
			case i > 0:
				col = newLine(b, max(hang, inside))
			case first:
			case col+1+n > columns:
				col = newLine(b, hang)
			default:
				b.WriteByte(' ')
				col++
			}
			b.WriteString(piece)
			col, first = col+n, false
		}
	}
	b.WriteByte('\n')
}

// signature is the line before the sender's block, with its blank (RFC 3676 §4.3).
const signature = "-- "

// words walks over what stands between blanks; other kinds of blanks, as between a number's thousands, do not part.
func words(s string) iter.Seq[string] {
	return strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == '\t' })
}

// inside is how far the rest of a value stands from the margin at least, so that nothing of it begins a line as headings do.
const inside = 4

func newLine(b *strings.Builder, indent int) (col int) {
	b.WriteByte('\n')
	b.WriteString(strings.Repeat(" ", indent))
	return indent
}

// indents says how far a line is indented, and how far what follows it.
func indents(line string) (indent, hang int) {
	rest := strings.TrimLeft(line, " ")
	indent = len(line) - len(rest)
	switch {
	case strings.HasPrefix(rest, "- "):
		return indent, indent + 2
	case indent >= inside:
		return indent, min(indent+2, columns/2)
	}
	return indent, indent
}

// pieces breaks a value that is longer than a line at its own blanks.
func pieces(word string, room int) []string {
	if utf8.RuneCountInString(word) <= room || !strings.ContainsRune(word, glue) {
		return []string{word}
	}
	var out []string
	line := ""
	for part := range strings.SplitSeq(word, string(glue)) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(part) > room {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += string(glue)
		}
		line += part
	}
	return append(out, line)
}
