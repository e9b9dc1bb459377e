package convert

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Observable is something that was seen, or that is to be looked for.
type Observable struct {
	ID          string // of ours
	Kind        string // a word of pattern.Kind, or cve, account
	Value       string // in normal form
	Victim      bool   // it is the victim's
	Detection   bool   // good to look for in logs: it becomes an indicator too
	Note        string // the team's own
	Label       *Label // nil: that of the set
	First, Last time.Time
}

// form is an observable's shape in STIX.
type form struct {
	typ  string
	kind leak.Kind // of its value; leak.Text where no pseudonym can stand for it
	make func(value string) (stix.Body, *string)
}

// hashed makes the form of a file that is known by one hash.
func hashed(algorithm string) form {
	return form{"file", leak.Text, func(v string) (stix.Body, *string) { return &stix.File{Hashes: stix.Hashes{algorithm: v}}, nil }}
}

// forms are the shapes of kinds.
var forms = map[string]form{
	"ip":     {"ipv4-addr", leak.Address, ipBody},
	"cidr":   {"ipv4-addr", leak.Address, ipBody},
	"asn":    {"autonomous-system", leak.Text, asBody},
	"domain": {"domain-name", leak.Domain, func(v string) (stix.Body, *string) { b := &stix.DomainName{Value: v}; return b, &b.Value }},
	"url":    {"url", leak.Text, func(v string) (stix.Body, *string) { b := &stix.URL{Value: v}; return b, &b.Value }},
	"email":  {"email-addr", leak.Mail, func(v string) (stix.Body, *string) { b := &stix.EmailAddress{Value: v}; return b, &b.Value }},
	"md5":    hashed("MD5"), "sha1": hashed("SHA-1"), "sha256": hashed("SHA-256"), "sha512": hashed("SHA-512"),
	"filename": {"file", leak.Text, func(v string) (stix.Body, *string) { b := &stix.File{Name: v}; return b, &b.Name }},
	"registry": {"windows-registry-key", leak.Text, func(v string) (stix.Body, *string) { b := &stix.WindowsRegistryKey{Key: hive(v)}; return b, &b.Key }},
	"account":  {"user-account", leak.Text, func(v string) (stix.Body, *string) { b := &stix.UserAccount{Login: v}; return b, &b.Login }},
	"mac":      {"mac-addr", leak.Text, func(v string) (stix.Body, *string) { b := &stix.MACAddress{Value: v}; return b, &b.Value }},
	"mutex":    {"mutex", leak.Text, func(v string) (stix.Body, *string) { b := &stix.Mutex{Name: v}; return b, &b.Name }},
}

// hives are the roots of the registry as people write them; STIX wants their whole names (section 6.15).
var hives = map[string]string{
	"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG", "HKPD": "HKEY_PERFORMANCE_DATA",
}

// hive writes a key of the registry with the whole name of its root.
func hive(key string) string {
	root, rest, ok := strings.Cut(key, `\`)
	if whole := hives[strings.ToUpper(strings.TrimSuffix(root, ":"))]; whole != "" && ok {
		return whole + `\` + rest
	} else if whole != "" {
		return whole
	}
	return key
}

func ipBody(v string) (stix.Body, *string) {
	if strings.Contains(v, ":") {
		b := &stix.IPv6Address{Value: v}
		return b, &b.Value
	}
	b := &stix.IPv4Address{Value: v}
	return b, &b.Value
}

func asBody(v string) (stix.Body, *string) {
	n, err := strconv.ParseInt(strings.TrimPrefix(v, "AS"), 10, 64)
	if err != nil {
		n = -1 // which stix.Check refuses
	}
	return &stix.AutonomousSystem{Number: n}, nil
}

// Observable adds an observable and gives its id: of an observable object, or of a vulnerability for a CVE number. One for detection gets
// an indicator that is based on it. Errors: Invalid if STIX has no form for its kind, or the value is none.
func (s *Set) Observable(o Observable) (string, error) {
	if o.Kind == "cve" {
		return s.Vulnerability(Vulnerability{ID: o.Value, CVE: o.Value}), nil
	}
	id, err := s.value(o.Kind, o.Value, o.sense(), o.Label)
	if err != nil {
		return "", err
	}
	if o.Detection && !o.Victim {
		s.indicator(o, id)
	}
	if o.Note != "" {
		n := &stix.Note{Content: o.Note, Objects: []string{id}}
		s.add(&draft{body: n, whole: redact.Internal, label: o.Label, slots: []slot{text(&n.Content, "note", redact.Internal, leak.Text, true)}}, "note", o.ID, o.Last)
	}
	return id, nil
}

func (o Observable) sense() redact.Sensitivity {
	if o.Victim {
		return redact.Victim
	}
	return redact.Technical
}

// value adds a value as an observable object.
func (s *Set) value(kind, value string, sense redact.Sensitivity, label *Label) (string, error) {
	f, ok := forms[kind]
	if !ok {
		return "", problem.New(problem.Invalid, "STIX has no form for an observable of the kind %q", kind)
	}
	body, text := f.make(value)
	typ := f.typ
	if _, six := body.(*stix.IPv6Address); six {
		typ = "ipv6-addr"
	}
	d := &draft{body: body, whole: sense, label: label}
	if text != nil && f.kind != leak.Text {
		d.stands = !inner(value) // an address of the inside says nothing to others, and less so another one in its place
		d.slots = []slot{{redact.Field{Name: typ, Sensitivity: sense, Kind: f.kind, Value: value}, text, true}}
	}
	if _, err := stix.Name(typ, body); err != nil {
		return "", err
	}
	if err := stix.Check(body); err != nil {
		return "", problem.Wrap(problem.Invalid, err, "%s %q", kind, value)
	}
	return s.observe(typ, d)
}

func inner(value string) bool {
	a, err := netip.ParseAddr(value)
	return err == nil && a.IsPrivate()
}

// indicator adds the indicator of a value.
func (s *Set) indicator(o Observable, based string) string {
	p, ok := pattern.Of(pattern.Kind(o.Kind), o.Value)
	if !ok {
		return ""
	}
	from := stix.At(o.First)
	if from.IsZero() || from.After(s.now.Time) {
		from = s.now
	}
	i := &stix.Indicator{Name: o.Value, Types: []string{"malicious-activity"}, Pattern: p, PatternType: "stix", PatternVersion: "2.1", ValidFrom: from}
	id := s.add(&draft{body: i, whole: redact.Technical, label: o.Label}, "indicator", o.Kind+" "+o.Value, o.Last)
	s.relate("based-on", id, based)
	return id
}

// kindOf gives the kind and value of an observable object that came in; false if it is none that we keep.
func kindOf(b stix.Body) (kind, value string, ok bool) {
	switch o := b.(type) {
	case *stix.IPv4Address:
		return network(o.Value)
	case *stix.IPv6Address:
		return network(o.Value)
	case *stix.AutonomousSystem:
		return "asn", "AS" + strconv.FormatInt(o.Number, 10), true
	case *stix.DomainName:
		return "domain", strings.ToLower(strings.TrimSuffix(o.Value, ".")), true
	case *stix.URL:
		return "url", o.Value, true
	case *stix.EmailAddress:
		return "email", strings.ToLower(o.Value), true
	case *stix.MACAddress:
		return "mac", strings.ToLower(o.Value), true
	case *stix.Mutex:
		return "mutex", o.Name, true
	case *stix.WindowsRegistryKey:
		return "registry", o.Key, o.Key != ""
	case *stix.UserAccount:
		return "account", o.Login, o.Login != ""
	case *stix.File:
		return "filename", o.Name, o.Name != ""
	}
	return "", "", false
}

func network(s string) (kind, value string, ok bool) {
	if p, err := netip.ParsePrefix(s); err == nil && !p.IsSingleIP() {
		return "cidr", p.Masked().String(), true
	}
	host, _, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	return "ip", a.Unmap().WithZone("").String(), err == nil
}

// hashKinds are the kinds of hashes, in the order in which they are given.
var hashKinds = []struct{ algorithm, kind string }{{"MD5", "md5"}, {"SHA-1", "sha1"}, {"SHA-256", "sha256"}, {"SHA-512", "sha512"}}
