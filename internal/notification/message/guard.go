package message

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/firehall/firehall/internal/core/problem"
)

// functions are all that templates may call; each is pure and gives back no more than it was given, or a little.
var functions = template.FuncMap{
	"join":   func(list []string, between string) string { return strings.Join(list, between) },
	"plural": plural,
	"indent": indentBy,
}

// allowed are the functions above and those of text/template that neither format, nor call, nor cut.
var allowed = []string{"join", "plural", "indent", "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index"}

// maxTexts is how much a function gives back at most.
const maxTexts = 64 << 10

// plural chooses the word for a number.
func plural(n, one, many string) string {
	if n == "1" {
		return one
	}
	return many
}

// indentBy puts the blanks of its first argument before each line of the second.
func indentBy(by, s string) (string, error) {
	out := by + strings.ReplaceAll(s, "\n", "\n"+by)
	if len(out) > maxTexts {
		return "", fmt.Errorf("indent makes more than %d bytes", maxTexts)
	}
	return out, nil
}

// guard refuses at load what could run for long or use much memory: a run cannot be stopped from outside, only given up.
type guard struct {
	set   *template.Template
	tree  *parse.Tree
	calls map[string][]string // which template includes which
	err   error
}

// inspect checks all templates of a set. The error is problem.Invalid and names file and line.
func inspect(set *template.Template) error {
	g := &guard{set: set, calls: map[string][]string{}}
	for _, t := range set.Templates() {
		if t.Tree == nil {
			continue
		}
		g.tree = t.Tree
		g.list(t.Tree.Root)
	}
	if g.err == nil {
		g.circles()
	}
	return g.err
}

func (g *guard) refuse(n parse.Node, format string, args ...any) {
	if g.err != nil {
		return
	}
	at, _ := g.tree.ErrorContext(n)
	g.err = problem.New(problem.Invalid, "%s: %s", at, fmt.Sprintf(format, args...))
}

func (g *guard) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		g.node(n)
	}
}

func (g *guard) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		g.pipe(n.Pipe)
	case *parse.IfNode:
		g.branch(&n.BranchNode)
	case *parse.WithNode:
		g.branch(&n.BranchNode)
	case *parse.RangeNode:
		if !overList(n.Pipe) {
			g.refuse(n, "range goes over a field of the letter and nothing else (.Sections, $s.Rows)")
		}
		g.branch(&n.BranchNode)
	case *parse.TemplateNode:
		g.calls[g.tree.Name] = append(g.calls[g.tree.Name], n.Name)
		if g.set.Lookup(n.Name) == nil {
			g.refuse(n, "there is no template %q", n.Name)
		}
		g.pipe(n.Pipe)
	}
}

func (g *guard) branch(b *parse.BranchNode) {
	g.pipe(b.Pipe)
	g.list(b.List)
	g.list(b.ElseList)
}

// overList reports whether a range goes over a field: the letter has no numbers, so a field that can be walked is a list.
func overList(p *parse.PipeNode) bool {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		return true
	case *parse.VariableNode:
		return len(n.Ident) > 1
	}
	return false
}

func (g *guard) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	if p.IsAssign {
		g.refuse(p, "a variable gets its value once: use := and not =") // a loop that doubles a text fills the memory
	}
	for _, c := range p.Cmds {
		for _, a := range c.Args {
			switch a := a.(type) {
			case *parse.IdentifierNode:
				if !slices.Contains(allowed, a.Ident) {
					g.refuse(a, "the function %s is not for letters; there are %s", a.Ident, strings.Join(allowed, ", "))
				}
			case *parse.PipeNode:
				g.pipe(a)
			}
		}
	}
}

// circles refuses templates that include themselves by whatever way.
func (g *guard) circles() {
	const open, done = 1, 2
	state := map[string]int{}
	var walk func(name string) bool
	walk = func(name string) bool {
		switch state[name] {
		case open:
			return false
		case done:
			return true
		}
		state[name] = open
		for _, to := range g.calls[name] {
			if !walk(to) {
				return false
			}
		}
		state[name] = done
		return true
	}
	for _, t := range g.set.Templates() {
		if !walk(t.Name()) {
			g.err = problem.New(problem.Invalid, "%s: the template %q includes itself, if only by another: it would never end", g.set.Name(), t.Name())
			return
		}
	}
}
