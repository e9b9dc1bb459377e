package query

import (
	"net/netip"
	"strings"
	"time"
)

// Node is a part of the tree: All, Any, Not, Term, Has or Word. String gives its
// canonical text, which Parse reads back to the same tree (the tree must not
// hold control characters, which one line cannot carry).
type Node interface {
	String() string
	node()
}

// All holds when each of its nodes holds; empty, it holds for every event.
type All []Node

// Any holds when one of its nodes holds; empty, it holds for none.
type Any []Node

// Not holds when its node does not.
type Not struct{ Node Node }

// Term holds when one of its matches fits one of the fields that Name stands for.
type Term struct {
	Name  string // as Lookup knows it
	Match []Match
}

// Has holds when one of the fields that Name stands for has a value.
type Has struct{ Name string }

// Word holds when the text occurs in one of WordFields.
type Word struct{ Text Text }

// Everything and Nothing are the two trees without a condition.
var (
	Everything Node = All{}
	Nothing    Node = Any{}
)

func (All) node()  {}
func (Any) node()  {}
func (Not) node()  {}
func (Term) node() {}
func (Has) node()  {}
func (Word) node() {}

// Match is one value of a Term: Text, Addrs, Ints, Floats, Times or Flag.
type Match interface {
	String() string
	match()
}

// Text is an exact text, or with Before or After one that may have anything
// before or after it; then upper and lower case do not matter.
type Text struct {
	Value         string
	Before, After bool
}

// Addrs is a range of addresses of one family, both ends within it.
type Addrs struct{ From, To netip.Addr }

// Ints is a range of whole numbers, both ends within it.
type Ints struct{ From, To int64 }

// Floats is a range of numbers, both ends within it.
type Floats struct{ From, To float64 }

// Times is the time from From until just before To, UTC in whole milliseconds;
// a zero end is open, but not both.
type Times struct{ From, To time.Time }

// Flag is true or false.
type Flag bool

func (Text) match()   {}
func (Addrs) match()  {}
func (Ints) match()   {}
func (Floats) match() {}
func (Times) match()  {}
func (Flag) match()   {}

// And joins nodes so that all must hold, without needless levels.
func And(nodes ...Node) Node {
	var out All
	for _, n := range nodes {
		switch v := n.(type) {
		case All:
			out = append(out, v...)
		case Any:
			if len(v) == 0 {
				return Nothing
			}
			out = append(out, v)
		default:
			out = append(out, v)
		}
	}
	switch len(out) {
	case 0:
		return Everything
	case 1:
		return out[0]
	}
	return out
}

// Or joins nodes so that one must hold, without needless levels.
func Or(nodes ...Node) Node {
	var out Any
	for _, n := range nodes {
		switch v := n.(type) {
		case Any:
			out = append(out, v...)
		case All:
			if len(v) == 0 {
				return Everything
			}
			out = append(out, v)
		default:
			out = append(out, v)
		}
	}
	switch len(out) {
	case 0:
		return Nothing
	case 1:
		return out[0]
	}
	return out
}

// Negate turns a node round.
func Negate(n Node) Node {
	switch v := n.(type) {
	case Not:
		return v.Node
	case All:
		if len(v) == 0 {
			return Nothing
		}
	case Any:
		if len(v) == 0 {
			return Everything
		}
	}
	return Not{n}
}

// Walk calls visit for n and every node beneath it.
func Walk(n Node, visit func(Node)) {
	visit(n)
	switch v := n.(type) {
	case All:
		for _, c := range v {
			Walk(c, visit)
		}
	case Any:
		for _, c := range v {
			Walk(c, visit)
		}
	case Not:
		Walk(v.Node, visit)
	}
}

// Fits reports whether s is the text that t means.
func (t Text) Fits(s string) bool {
	if !t.Before && !t.After {
		return s == t.Value
	}
	s, want := strings.ToLower(s), strings.ToLower(t.Value)
	switch {
	case t.Before && t.After:
		return strings.Contains(s, want)
	case t.Before:
		return strings.HasSuffix(s, want)
	}
	return strings.HasPrefix(s, want)
}
