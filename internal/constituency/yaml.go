package constituency

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxYAML bounds a YAML file, whose tree takes some fifty times its size.
const maxYAML = 32 << 20

// The words of an import file in YAML:
//
//	organisations:
//	  - name: City Hospital
//	    kind: constituent
//	    sector: health
//	    country: FI
//	    parent: Region North
//	    criticality: essential
//	    networks:
//	      - 203.0.113.0/24
//	      - {network: AS64500, from: 2026-01-01, until: 2027-01-01}
//	    contacts:
//	      - soc@hospital.example
//	      - contact: tel:+358295390230
//	        purpose: 24/7
//	        language: fi
//	        health: good
//	        encryption: required
//	        key: |
//	          -----BEGIN PGP PUBLIC KEY BLOCK-----   or   -----BEGIN CERTIFICATE-----
var (
	yamlOrganisation = append([]string{"name", "networks", "contacts"}, factNames[:]...)
	yamlNetwork      = []string{"network", "from", "until"}
	yamlContact      = []string{"contact", "purpose", "language", "key", "encryption", "health"}
)

// readYAML turns a YAML file into entries and rejected items. An error means
// that nothing of the file can be read.
func readYAML(data []byte) (entries []entry, rejected []Rejected, err error) {
	root, err := parseYAML(data)
	if err != nil {
		return nil, nil, err
	}
	top, err := mapping(root, []string{"organisations"})
	if err != nil {
		return nil, nil, problem.Wrap(problem.Invalid, err, "the file must hold organisations: and a list")
	}
	list, ok := top["organisations"].(*ast.SequenceNode)
	if !ok {
		return nil, nil, problem.New(problem.Invalid, "the file must hold organisations: and a list")
	}
	y := &yamlReader{}
	for _, item := range list.Values {
		y.organisation(item)
	}
	return y.entries, y.rejected, nil
}

// parseYAML parses hostile text. The parser may panic on what its authors did
// not think of, which is the file's fault and not ours.
func parseYAML(data []byte) (body ast.Node, err error) {
	if len(data) > maxYAML {
		return nil, problem.New(problem.Invalid, "the file is %d bytes: at most %d in YAML, use CSV", len(data), maxYAML)
	}
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, problem.New(problem.Invalid, "the file is no YAML that can be read (%v)", p)
		}
	}()
	tokens := lexer.Tokenize(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	if err := checkShape(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // mapping reports those
	if err != nil {
		return nil, problem.New(problem.Invalid, "the file is no YAML: %s", clip(err.Error()))
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, problem.New(problem.Invalid, "the file must hold one YAML document, beginning with organisations:")
	}
	return file.Docs[0].Body, nil
}

// yamlReader collects what the tree says.
type yamlReader struct {
	entries  []entry
	rejected []Rejected
}

func (y *yamlReader) reject(n ast.Node, column string, err error) {
	y.rejected = append(y.rejected, Rejected{Line: lineOf(n), Column: column, Reason: err.Error()})
}

// organisation reads one item; if its own attributes are bad all of it is set
// aside, else each bad network or contact alone.
func (y *yamlReader) organisation(n ast.Node) {
	parts, err := mapping(n, yamlOrganisation)
	if err != nil {
		y.reject(n, "", err)
		return
	}
	f := &fields{line: lineOf(n)}
	get := f.scalars(parts)
	e := entry{line: f.line}
	e.organisation = f.name("name", get("name"))
	e.facts = f.facts(get)
	if f.bad != nil {
		y.rejected = append(y.rejected, *f.bad)
		return
	}
	y.entries = append(y.entries, e)
	y.items(e.organisation, "networks", parts["networks"], yamlNetwork, readYAMLNetwork)
	y.items(e.organisation, "contacts", parts["contacts"], yamlContact, readYAMLContact)
}

// items reads a list whose items are texts or mappings; a text is short for the
// mapping with its first word alone.
func (y *yamlReader) items(organisation, column string, list ast.Node, words []string, read func(*fields, func(string) string, *entry)) {
	if list == nil || isNull(list) {
		return
	}
	seq, ok := list.(*ast.SequenceNode)
	if !ok {
		y.reject(list, column, errors.New("a list is needed: begin each item with -"))
		return
	}
	for _, item := range seq.Values {
		f := &fields{line: lineOf(item)}
		parts := map[string]ast.Node{words[0]: item}
		if _, text := scalar(item); !text {
			var err error
			if parts, err = mapping(item, words); err != nil {
				y.reject(item, column, err)
				continue
			}
		}
		e := entry{line: f.line, organisation: organisation}
		read(f, f.scalars(parts), &e)
		if f.bad != nil {
			y.rejected = append(y.rejected, *f.bad)
			continue
		}
		y.entries = append(y.entries, e)
	}
}

func readYAMLNetwork(f *fields, get func(string) string, e *entry) {
	if e.network = f.network(get("network")); e.network == nil {
		f.fail("network", "", errors.New("the network is empty"))
		return
	}
	e.network.from, e.network.until = f.time("from", get("from")), f.time("until", get("until"))
	if e.network.backwards() {
		f.fail("until", get("until"), errBackwards)
	}
}

func readYAMLContact(f *fields, get func(string) string, e *entry) {
	e.contact = f.contact(get)
	if e.contact == nil {
		f.fail("contact", "", errors.New("the contact is empty"))
		return
	}
	if text := get("key"); text != "" {
		key, err := KeyFor(text, e.contact.channel, e.contact.address)
		if err != nil {
			f.fail("key", "", err)
		}
		e.contact.key = &key
	}
	if text := get("health"); text != "" {
		var err error
		if e.contact.health, err = ParseHealth(text); err != nil {
			f.fail("health", text, err)
		}
	}
}

// time reads a date or a time; nil when unsaid.
func (f *fields) time(column, text string) *time.Time {
	if text == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC().Truncate(time.Millisecond)
			return &t
		}
	}
	f.fail(column, text, fmt.Errorf("%q is no time: write 2026-01-31 or 2026-01-31T12:00:00Z", clip(text)))
	return nil
}

// scalars gives the texts of a mapping by key; a part that is no text fails.
func (f *fields) scalars(parts map[string]ast.Node) func(string) string {
	return func(key string) string {
		n, ok := parts[key]
		if !ok || isNull(n) {
			return ""
		}
		text, ok := scalar(n)
		if !ok {
			f.fail(key, "", errors.New("a single text is needed here"))
		}
		return text
	}
}

func isNull(n ast.Node) bool { return n.Type() == ast.NullType }

// scalar returns a text as it was written: YAML would make false of Norway's NO
// and a number of 1.10. Aliases, tags and merges are refused: nobody needs them
// here, and they multiply.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// mapping returns the parts of a mapping by key; only known keys, each once.
func mapping(n ast.Node, known []string) (map[string]ast.Node, error) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, fmt.Errorf("a mapping of %s is needed here", strings.Join(known, ", "))
	}
	parts := map[string]ast.Node{}
	for _, v := range values {
		key, ok := scalar(v.Key)
		if !ok || !slices.Contains(known, key) {
			return nil, unknownWord("key", key, known)
		}
		if _, twice := parts[key]; twice {
			return nil, fmt.Errorf("the key %q stands there twice", key)
		}
		parts[key] = v.Value
	}
	return parts, nil
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
