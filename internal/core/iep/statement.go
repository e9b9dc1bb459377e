package iep

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// longest is how long a name or a reference may be, in bytes.
const longest = 500

// statement is one of a policy: how it is read and written. get gives "" for what says nothing.
type statement struct {
	name string
	get  func(p *Policy) string
	set  func(p *Policy, value string) error
}

var statements = []statement{
	{"iep_id", func(p *Policy) string { return p.ID }, func(p *Policy, v string) error { return line(&p.ID, v) }},
	{"policy_name", func(p *Policy) string { return p.Name }, func(p *Policy, v string) error { return line(&p.Name, v) }},
	flag("encrypt_in_transit", "must", func(p *Policy) *bool { return &p.Encrypt }),
	{"permitted_actions", func(p *Policy) string { return p.Actions.written() }, func(p *Policy, v string) error { return p.Actions.read(v) }},
	flag("affected_party_notifications", "must-not", func(p *Policy) *bool { return &p.NoNotify }),
	{"tlp", func(p *Policy) string { return unlessClear(p.TLP) }, func(p *Policy, v string) (err error) {
		p.TLP, err = tlp.Parse(v)
		return err
	}},
	{"attribution", func(p *Policy) string { return string(p.Attribution) }, func(p *Policy, v string) (err error) {
		v, err = oneOf(v, "may", "must", "must-not")
		p.Attribution = Attribution(strings.TrimPrefix(v, "may"))
		return err
	}},
	flag("obfuscate_affected_parties", "must", func(p *Policy) *bool { return &p.Obfuscate }),
	flag("unmodified_resale", "must-not", func(p *Policy) *bool { return &p.NoResale }),
	{"start_date", func(p *Policy) string { return stamp(p.Start) }, func(p *Policy, v string) error { return moment(&p.Start, v) }},
	{"end_date", func(p *Policy) string { return stamp(p.End) }, func(p *Policy, v string) error { return moment(&p.End, v) }},
	{"external_reference", func(p *Policy) string { return p.Reference }, func(p *Policy, v string) error { return reference(&p.Reference, v) }},
}

// others are what statements are called too: by version 1, by other programs, and for short.
var others = map[string]string{
	"id": "iep_id", "name": "policy_name", "provider_attribution": "attribution", "reference": "external_reference", "start": "start_date", "end": "end_date",
	"traffic_light_protocol": "tlp",
}

// silent say nothing that decides.
var silent = []string{"description", "iep_version", "version", "extension_type", "encrypt_at_rest"}

// Names lists the statements that there are.
func Names() (out []string) {
	for _, s := range statements {
		out = append(out, s.name)
	}
	return out
}

func flag(name, when string, at func(p *Policy) *bool) statement {
	return statement{name, func(p *Policy) string {
		if *at(p) {
			return when
		}
		return ""
	}, func(p *Policy, v string) error {
		v, err := oneOf(v, "may", "must", "must-not")
		*at(p) = v == when
		return err
	}}
}

func oneOf(v string, words ...string) (string, error) {
	v = hyphened(v)
	if !slices.Contains(words, v) {
		return v, problem.New(problem.Invalid, "%.40q is none of %s", v, strings.Join(words, ", "))
	}
	return v, nil
}

func hyphened(v string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(v)))
}

func (a Action) written() string {
	switch a {
	case AnyAction:
		return ""
	case AskFirst, NoAction:
		return string(a)
	}
	return string(a) + "-actions"
}

func (a *Action) read(v string) error {
	v = strings.TrimSuffix(hyphened(v), "-actions")
	if v == "externally-visible-direct" || v == "any" {
		v = ""
	}
	if *a = Action(v); !slices.Contains(actions, *a) {
		*a = NoAction
		return problem.New(problem.Invalid,
			"%.40q is none of none, contact-for-instruction, internally-visible-actions, externally-visible-indirect-actions, externally-visible-direct-actions", v)
	}
	return nil
}

func unlessClear(l tlp.Label) string {
	if l == tlp.Clear {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(l.String(), "TLP:"))
}

func line(at *string, v string) error {
	v = strings.TrimSpace(v)
	if len(v) > longest || strings.ContainsFunc(v, unicode.IsControl) {
		return problem.New(problem.Invalid, "it has to be one line of %d bytes at most", longest)
	}
	*at = v
	return nil
}

func reference(at *string, v string) error {
	if err := line(at, v); err != nil || *at == "" {
		return err
	}
	u, err := url.Parse(*at)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		*at = ""
		return problem.New(problem.Invalid, "%.80q is no address of a page: write it as https://example.org/policy", v)
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func moment(at *time.Time, v string) error {
	v = strings.TrimSpace(v)
	if v == "" || v == "null" {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil {
			*at = t.UTC().Truncate(time.Second)
			return nil
		}
	}
	return problem.New(problem.Invalid, "%.40q is no time: write it as 2026-11-23 or 2026-11-23T12:00:00Z", v)
}

func canonical(name string) string {
	name = strings.ReplaceAll(hyphened(name), "-", "_")
	if other, ok := others[name]; ok {
		return other
	}
	return name
}

// Parse reads statements; nil if none of them restricts or names anything. Errors: Invalid for a statement, or a value, that there is not.
func Parse(said map[string]string) (*Policy, error) {
	var p Policy
	met := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		before := p
		if err := p.say(name, said[name]); err != nil {
			return nil, err
		}
		if met[canonical(name)] && p != before {
			return nil, twofold(name)
		}
		met[canonical(name)] = true
	}
	if !p.End.IsZero() && !p.End.After(p.Start) {
		return nil, problem.New(problem.Invalid, "a policy cannot end before it starts")
	}
	return p.unlessEmpty(), nil
}

// twofold is the error of a statement that is said in two ways.
func twofold(name string) error {
	return problem.New(problem.Invalid, "%s is said twice, and not the same: say it once", canonical(name))
}

func (p *Policy) say(name, value string) error {
	i := slices.IndexFunc(statements, func(s statement) bool { return s.name == canonical(name) })
	if i < 0 && slices.Contains(silent, canonical(name)) {
		return nil
	}
	if i < 0 {
		return problem.New(problem.Invalid, "%.40q is no statement of IEP 2.0: use %s", name, strings.Join(Names(), ", "))
	}
	if err := statements[i].set(p, value); err != nil {
		return problem.Wrap(problem.Invalid, err, "%s", statements[i].name)
	}
	return nil
}

func (p Policy) unlessEmpty() *Policy {
	if p == (Policy{}) {
		return nil
	}
	return &p
}

// ParseList reads statements written as name=value.
func ParseList(list []string) (*Policy, error) {
	said := map[string]string{}
	for _, one := range list {
		if strings.TrimSpace(one) == "" {
			continue
		}
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			name, value, ok = strings.Cut(one, ":")
		}
		if !ok {
			return nil, problem.New(problem.Invalid, "%.60q is no statement: write it as permitted_actions=none", one)
		}
		if before, twice := said[canonical(name)]; twice && before != value {
			return nil, twofold(name)
		}
		said[canonical(name)] = value
	}
	return Parse(said)
}

// Read takes what another program wrote, as a JSON object: what is no statement is left out, and a value that nobody knows is read as the strictest of its
// statement. ok is false if no statement stands there.
func Read(raw []byte) (p *Policy, ok bool) {
	var said map[string]any
	if json.Unmarshal(raw, &said) != nil {
		return nil, false
	}
	var out Policy
	met := map[string]bool{}
	for name, value := range said {
		i := slices.IndexFunc(statements, func(s statement) bool { return s.name == canonical(name) })
		if i < 0 {
			continue
		}
		if canonical(name) != "tlp" && canonical(name) != "iep_id" && canonical(name) != "policy_name" {
			ok = true // what has these alone may be another kind of thing
		}
		before := out
		for _, text := range texts(value) {
			one := out
			if statements[i].set(&one, text) != nil {
				one = out.strictest(statements[i].name)
			}
			out = one
		}
		if met[statements[i].name] && out != before { // under two names, and not the same
			out = before.strictest(statements[i].name)
		}
		met[statements[i].name] = true
	}
	if !ok {
		return nil, false
	}
	return out.unlessEmpty(), true
}

// texts are the values of a statement. Of several actions the widest is permitted, so that it comes last.
func texts(value any) (out []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
		rank := func(s string) int {
			var a Action
			if a.read(s) != nil {
				return len(actions)
			}
			return a.strictness()
		}
		slices.SortStableFunc(out, func(a, b string) int { return rank(b) - rank(a) })
	}
	return out
}

// strictest is the policy with the strictest value of one statement.
func (p Policy) strictest(name string) Policy {
	switch name {
	case "encrypt_in_transit":
		p.Encrypt = true
	case "permitted_actions":
		p.Actions = NoAction
	case "affected_party_notifications":
		p.NoNotify = true
	case "tlp":
		p.TLP = tlp.Red
	case "attribution":
		p.Attribution = MustNotAttribute
	case "obfuscate_affected_parties":
		p.Obfuscate = true
	case "unmodified_resale":
		p.NoResale = true
	}
	return p
}

// Statements are what the policy says, by name; none of nil.
func (p *Policy) Statements() map[string]string {
	out := map[string]string{}
	if p == nil {
		return out
	}
	for _, s := range statements {
		if v := s.get(p); v != "" {
			out[s.name] = v
		}
	}
	return out
}

// List are the statements as name=value, in their order; none of nil.
func (p *Policy) List() []string {
	out := []string{}
	if p == nil {
		return out
	}
	for _, s := range statements {
		if v := s.get(p); v != "" {
			out = append(out, s.name+"="+v)
		}
	}
	return out
}

// MarshalJSON writes the statements as an object of texts.
func (p Policy) MarshalJSON() ([]byte, error) { return json.Marshal(p.Statements()) }

// UnmarshalJSON reads what MarshalJSON wrote. Errors: Invalid.
func (p *Policy) UnmarshalJSON(b []byte) error {
	var said map[string]string
	if err := json.Unmarshal(b, &said); err != nil {
		return problem.Wrap(problem.Invalid, err, "a policy is an object of statements")
	}
	read, err := Parse(said)
	if read != nil {
		*p = *read
	}
	return err
}

// String is the policy as it is kept: JSON, "" of nil. The same policy has the same text.
func (p *Policy) String() string {
	if p == nil {
		return ""
	}
	b, _ := json.Marshal(p.Statements()) // a map of texts cannot fail
	return string(b)
}

// Kept reads what String wrote; what cannot be read permits nothing.
func Kept(text string) *Policy {
	if text == "" {
		return nil
	}
	var p Policy
	if p.UnmarshalJSON([]byte(text)) != nil {
		return Strictest()
	}
	return p.unlessEmpty()
}
