package config

import (
	"bytes"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lineNumbers finds the line on which each key and table of a TOML text stands,
// by dotted path. It is for messages only: what it cannot place is left out.
func lineNumbers(text []byte) map[string]int {
	out := map[string]int{}
	p := unstable.Parser{}
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		path, at := dotted(e.Key())
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = path
		case unstable.KeyValue:
			path = join(table, path)
		default:
			continue
		}
		out[path] = bytes.Count(text[:min(at, len(text))], []byte("\n")) + 1
	}
	return out
}

// dotted joins the parts of a key and returns the offset of the first.
func dotted(parts unstable.Iterator) (path string, offset int) {
	var words []string
	for parts.Next() {
		n := parts.Node()
		if len(words) == 0 {
			offset = int(n.Raw.Offset)
		}
		words = append(words, string(n.Data))
	}
	return strings.Join(words, "."), offset
}
