package playbook

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
)

// before the front part there is one line, "---".
const frontLine = 1

// maxNested is how deep mappings and lists may lie in each other; a playbook needs three.
const maxNested = 8

// readFront reads the front part; nil if nothing can be made of it, which f then says.
func readFront(front string, f *faults) *Book {
	root := parseFront(front, f)
	if root == nil {
		return nil
	}
	r := &reader{f}
	fields := r.mapping(root, "the front part", "id", "version", "title", "about", "classes", "words", "steps")
	b := &Book{ID: r.name(fields["id"], root, "id"), Version: r.version(fields["version"], root), Title: r.words(fields["title"], root, "title", maxTitle)}
	if n := fields["about"]; n != nil {
		b.About = r.words(n, root, "about", maxAbout)
	}
	for _, n := range r.list(fields["classes"], "classes") {
		if c, ok := rsit.LookupClass(r.text(n, "classes", maxTitle)); ok {
			b.Classes = append(b.Classes, c)
		} else {
			f.add(line(n), "%q is no class of the taxonomy: malicious-code is one", clip(n.String()))
		}
	}
	for _, n := range r.list(fields["words"], "words") {
		b.Marks = append(b.Marks, strings.ToLower(r.text(n, "words", maxTitle)))
	}
	r.steps(b, fields["steps"], root)
	return b
}

// parseFront parses hostile YAML. What makes a small text large (anchors, aliases, merges), what the parser runs deep with, and what a playbook does not
// need is refused before: the parser recurses, and copies.
func parseFront(front string, f *faults) (root ast.Node) {
	if len(front) > maxFront {
		f.add(1, "the front part has %d KiB, and may have %d", len(front)>>10, maxFront>>10)
		return nil
	}
	defer func() {
		if p := recover(); p != nil { // its authors did not think of everything
			root = nil
			f.add(1, "the front part is no YAML that can be read (%v)", p)
		}
	}()
	tokens := lexer.Tokenize(front)
	if !plain(tokens, f) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		f.add(faultLine(err), "the front part is no YAML: %s", firstLine(err))
		return nil
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		f.add(1, "the front part is empty: it needs id, version, title and steps")
		return nil
	}
	return file.Docs[0].Body
}

// plain refuses what nests too deep and what refers.
func plain(tokens token.Tokens, f *faults) bool {
	if len(tokens) > maxTokens {
		f.add(1, "the front part is too full: it has %d words and marks, and may have %d", len(tokens), maxTokens)
		return false
	}
	deep := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.MappingKeyType, token.DirectiveType:
			f.add(frontLine+t.Position.Line, "anchors, aliases, tags and directives are not taken: write it out")
			return false
		case token.MappingStartType, token.SequenceStartType:
			deep++
		case token.MappingEndType, token.SequenceEndType:
			deep--
		case token.SequenceEntryType:
			if t.Prev != nil && t.Prev.Type == token.SequenceEntryType && t.Prev.Position.Line == t.Position.Line {
				f.add(frontLine+t.Position.Line, "a list right within a list is not taken")
				return false
			}
		}
		if deep > maxNested || t.Position.IndentNum > maxIndent {
			f.add(frontLine+t.Position.Line, "nested too deeply")
			return false
		}
	}
	return true
}

// maxTokens bounds the words and marks of a front part: the parser's time grows with their square. Sixty full steps have four thousand.
const maxTokens = 6000

// maxIndent bounds the blanks before a line: what lies deeper is nested too deep.
const maxIndent = 64

var placed = regexp.MustCompile(`\[(\d+):\d+\]`)

// faultLine finds the line that the parser names.
func faultLine(err error) int {
	if m := placed.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits
		return frontLine + n
	}
	return frontLine
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(placed.ReplaceAllString(err.Error(), ""), "\n")
	return clip(strings.TrimSpace(text))
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return frontLine
	}
	return frontLine + n.GetToken().Position.Line
}

// reader takes values from the tree and says what is wrong with them.
type reader struct{ f *faults }

// mapping gives the values of a mapping by key. Keys that are not known, or there twice, are faults.
func (r *reader) mapping(n ast.Node, what string, known ...string) map[string]ast.Node {
	out := map[string]ast.Node{}
	m, ok := n.(ast.MapNode)
	if !ok {
		r.f.add(line(n), "%s has to be keys and values: %s", what, strings.Join(known, ", "))
		return out
	}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().String()
		switch _, had := out[key]; {
		case had:
			r.f.add(line(it.KeyValue()), "%s has %q twice", what, clip(key))
		case len(known) > 0 && !slices.Contains(known, key):
			r.f.add(line(it.KeyValue()), "%s has no key %q: its keys are %s", what, clip(key), strings.Join(known, ", "))
		default:
			out[key] = it.Value()
		}
	}
	return out
}

// list gives what is in a list; one value stands for a list of one.
func (r *reader) list(n ast.Node, what string) []ast.Node {
	switch v := n.(type) {
	case nil:
		return nil
	case *ast.SequenceNode:
		if len(v.Values) > MaxSteps {
			r.f.add(line(n), "%s has %d entries, and may have %d", what, len(v.Values), MaxSteps)
			return nil
		}
		return v.Values
	}
	return []ast.Node{n}
}

// text gives a plain value.
func (r *reader) text(n ast.Node, what string, most int) string {
	var s string
	switch v := n.(type) {
	case *ast.StringNode:
		s = v.Value
	case *ast.LiteralNode:
		s = v.Value.Value
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		s = v.String()
	default:
		r.f.add(line(n), "%s has to be text", what)
	}
	if s = strings.Join(strings.Fields(s), " "); len(s) > most {
		r.f.add(line(n), "%s has %d bytes, and may have %d", what, len(s), most)
		return ""
	}
	return s
}

// words gives a text in both languages: {en: ..., fr: ...}, or one text for both.
func (r *reader) words(n, parent ast.Node, what string, most int) (w Words) {
	switch n.(type) {
	case nil:
		r.f.add(line(parent), "%s is missing", what)
		return w
	case ast.MapNode:
		m := r.mapping(n, what, "en", "fr")
		if m["en"] != nil {
			w.EN = r.text(m["en"], what, most)
		}
		if m["fr"] != nil {
			w.FR = r.text(m["fr"], what, most)
		}
	default:
		w.EN = r.text(n, what, most)
		w.FR = w.EN
	}
	if w.EN == "" && w.FR == "" {
		r.f.add(line(n), "%s is empty", what)
	}
	return w
}

var named = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// maxName bounds an id, in bytes.
const maxName = 40

func (r *reader) name(n, parent ast.Node, what string) string {
	if n == nil {
		r.f.add(line(parent), "%s is missing", what)
		return ""
	}
	s := r.text(n, what, maxTitle)
	if len(s) > maxName || !named.MatchString(s) {
		r.f.add(line(n), "%s %q has to be small letters, digits and single hyphens, %d at most", what, clip(s), maxName)
	}
	return s
}

func (r *reader) version(n, parent ast.Node) int {
	if n == nil {
		r.f.add(line(parent), "version is missing: 1 is the first")
		return 0
	}
	v, err := strconv.Atoi(r.text(n, "version", maxName))
	if err != nil || v < 1 || v > 1_000_000 {
		r.f.add(line(n), "version has to be a whole number from 1 on")
	}
	return v
}

func (r *reader) steps(b *Book, n, parent ast.Node) {
	list := r.list(n, "steps")
	if len(list) == 0 {
		r.f.add(line(parent), "steps are missing: a playbook has one at least, %d at most", MaxSteps)
	}
	for _, item := range list {
		s := r.step(item)
		if _, had := b.Step(s.ID); had {
			r.f.add(s.line, "there are two steps %q", s.ID)
			continue
		}
		b.Steps = append(b.Steps, s)
	}
}

func (r *reader) step(n ast.Node) Step {
	m := r.mapping(n, "a step", "id", "title", "role", "due", "needs", "ask", "when", "optional")
	s := Step{line: line(n), ID: r.name(m["id"], n, "id"), Title: r.words(m["title"], n, "title", maxTitle)}
	if v := m["role"]; v != nil {
		role, err := identity.ParseRole(r.text(v, "role", maxTitle))
		if s.Role = role; err != nil {
			r.f.add(line(v), "%s", err)
		}
	}
	if v := m["due"]; v != nil {
		s.Due = r.due(v)
	}
	for _, v := range r.list(m["needs"], "needs") {
		s.Needs = append(s.Needs, r.name(v, n, "needs"))
	}
	s.Ask, s.Optional = r.truth(m["ask"], "ask"), r.truth(m["optional"], "optional")
	if v := m["when"]; v != nil {
		s.When = r.when(v)
	}
	return s
}

func (r *reader) truth(n ast.Node, what string) bool {
	if n == nil {
		return false
	}
	switch strings.ToLower(r.text(n, what, maxName)) {
	case "true", "yes":
		return true
	case "false", "no":
		return false
	}
	r.f.add(line(n), "%s has to be true or false", what)
	return false
}

// when gives the answers that a step hangs on: {data-left: yes}.
func (r *reader) when(n ast.Node) (list []Condition) {
	for step, v := range r.mapping(n, "when") {
		answer := No
		if r.truth(v, "when") {
			answer = Yes
		}
		list = append(list, Condition{step, answer})
	}
	slices.SortFunc(list, func(a, b Condition) int { return strings.Compare(a.Step, b.Step) })
	return list
}

var duePattern = regexp.MustCompile(`^(\d{1,4})(m|h|d)(?: after ([a-z0-9-]+))?$`)

var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

func (r *reader) due(n ast.Node) Due {
	m := duePattern.FindStringSubmatch(r.text(n, "due", maxTitle))
	if m == nil {
		r.f.add(line(n), "due has to be like 30m, 4h or 2d, counted from the start, or 2h after another-step")
		return Due{}
	}
	count, _ := strconv.Atoi(m[1]) // four digits
	return Due{In: time.Duration(count) * units[m[2]], After: m[3]}
}
