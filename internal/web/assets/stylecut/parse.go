package main

import (
	"regexp"
	"strings"
)

// rule is a rule with declarations, or an at-rule with rules inside.
type rule struct {
	head  string // selectors, or the at-rule with its words
	body  string // declarations
	inner []rule // of @media and its like
}

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// parse reads a stylesheet without comments into its rules. Statements without a block (@charset, @import) are left out.
func parse(text string) (out []rule) {
	text = comment.ReplaceAllString(text, "")
	for {
		open := strings.IndexAny(text, "{;")
		if open < 0 {
			return out
		}
		if text[open] == ';' {
			text = text[open+1:]
			continue
		}
		end := closing(text, open)
		r := rule{head: strings.TrimSpace(text[:open])}
		if block := text[open+1 : end]; strings.HasPrefix(r.head, "@media") || strings.HasPrefix(r.head, "@supports") || strings.HasPrefix(r.head, "@layer") {
			r.inner = parse(block)
		} else {
			r.body = strings.TrimSpace(block)
		}
		out, text = append(out, r), text[min(end+1, len(text)):]
	}
}

// closing is where the block that opens at `open` ends. Braces inside of quotes do not count.
func closing(text string, open int) int {
	depth, quote := 0, byte(0)
	for i := open; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// split cuts at a mark outside of brackets and quotes.
func split(text string, mark byte) (out []string) {
	depth, quote, from := 0, byte(0), 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == mark && depth == 0:
			out, from = append(out, text[from:i]), i+1
		}
	}
	return append(out, text[from:])
}

// write is the stylesheet of rules, one a line.
func write(rules []rule) string {
	var b strings.Builder
	for _, r := range rules {
		if r.inner != nil {
			b.WriteString(r.head + "{\n" + write(r.inner) + "}\n")
			continue
		}
		b.WriteString(r.head + "{" + r.body + "}\n")
	}
	return b.String()
}
