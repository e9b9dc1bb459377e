package constituency

import (
	"github.com/goccy/go-yaml/token"

	"github.com/firehall/firehall/internal/core/problem"
)

// The most of each that a YAML file may hold; a register's needs three deep, ten
// keys and no marks.
const (
	maxNested = 100  // mappings and lists inside each other
	maxKeys   = 100  // keys of one mapping
	maxMarks  = 1000 // anchors, aliases, tags, merges and directives in all
)

// shape follows the tokens of a YAML file and refuses what the parser would take
// for ever over. The parser recurses, so depth is a stack that overflows, which
// ends the process; and it is quadratic in a mapping's keys and in marks. The
// tokens come at linear cost and know a bracket from one in quotes or a comment.
type shape struct {
	flow    []int    // keys of each open { or [
	block   []column // the open block mappings
	marks   int
	entries int // dashes in a row
}

// column is where the keys of a block mapping stand, and how many there are.
type column struct{ at, keys int }

// checkShape returns an Invalid error that names the line.
func checkShape(tokens token.Tokens) error {
	var s shape
	for _, t := range tokens {
		if why := s.take(t); why != "" {
			return problem.New(problem.Invalid, "the file is %s at line %d", why, t.Position.Line)
		}
	}
	return nil
}

// take adds a token; why says what there is too much of, "" for nothing.
func (s *shape) take(t *token.Token) (why string) {
	dashes := s.entries
	s.entries = 0
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.flow = append(s.flow, 0)
	case token.MappingEndType, token.SequenceEndType:
		s.flow = s.flow[:max(0, len(s.flow)-1)]
	case token.SequenceEntryType:
		s.entries = dashes + 1
		s.leave(t.Position.Column)
	case token.MappingValueType:
		if s.key(t) > maxKeys {
			return "a mapping of too many keys"
		}
	case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.MappingKeyType, token.DirectiveType:
		s.marks++
	}
	return s.tooMuch()
}

// key counts a key, and returns how many the mapping that it belongs to has.
func (s *shape) key(t *token.Token) int {
	if n := len(s.flow); n > 0 {
		s.flow[n-1]++
		return s.flow[n-1]
	}
	at := t.Position.Column
	if t.Prev != nil && t.Prev.Position.Line == t.Position.Line {
		at = t.Prev.Position.Column
	}
	s.leave(at)
	if n := len(s.block); n == 0 || s.block[n-1].at != at {
		s.block = append(s.block, column{at: at})
	}
	top := &s.block[len(s.block)-1]
	top.keys++
	return top.keys
}

// leave closes the block mappings to the right of a column.
func (s *shape) leave(at int) {
	for len(s.block) > 0 && s.block[len(s.block)-1].at > at {
		s.block = s.block[:len(s.block)-1]
	}
}

func (s *shape) tooMuch() string {
	switch {
	case len(s.flow) > maxNested || len(s.block) > maxNested || s.entries > maxNested:
		return "nested too deeply"
	case s.marks > maxMarks:
		return "too full of anchors, aliases and tags"
	}
	return ""
}
