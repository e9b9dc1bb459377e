package iep

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// What the common objects' extension has in its examples, what version 1 has, and what people write.
func TestReadsWhatOthersWrite(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want *Policy
	}{
		"extension": {
			`{"extension_type":"property-extension","encrypt_in_transit":"must","permitted_actions":["internally-visible-actions","none"],
			"affected_party_notifications":"must-not","tlp":"amber","provider_attribution":"must-not","unmodified_resale":"must-not","iep_id":"0224bfdf","iep_version":2.0,
			"policy_name":"Ours","description":"x","start_date":"2022-10-01T00:00:00.000Z","end_date":"2030-10-01T00:00:00Z"}`,
			&Policy{
				ID: "0224bfdf", Name: "Ours", Encrypt: true, Actions: InternalAction, NoNotify: true, TLP: tlp.Amber, Attribution: MustNotAttribute, NoResale: true,
				Start: time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2030, 10, 1, 0, 0, 0, 0, time.UTC),
			},
		},
		"version 1": {
			`{"ENCRYPT IN TRANSIT":"MUST","PERMITTED ACTIONS":"CONTACT FOR INSTRUCTION","AFFECTED PARTY NOTIFICATIONS":"MAY","OBFUSCATE AFFECTED PARTIES":"MUST"}`,
			&Policy{Encrypt: true, Actions: AskFirst, Obfuscate: true},
		},
		"nothing forbidden": {`{"encrypt_in_transit":"may","permitted_actions":"externally-visible-direct-actions","attribution":"may"}`, nil},
		"unknown values":    {`{"permitted_actions":"dance","encrypt_in_transit":"perhaps","tlp":"mauve"}`, &Policy{Actions: NoAction, Encrypt: true, TLP: tlp.Red}},
	} {
		got, ok := Read([]byte(c.text))
		if diff := cmp.Diff(c.want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", name, ok, diff)
		}
	}
	for _, text := range []string{`{"tlp":"amber"}`, `{"statement":"be kind"}`, `[]`, `{`} {
		if got, ok := Read([]byte(text)); ok {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, list := range [][]string{
		{"permitted_actions=dance"},
		{"dance=must"},
		{"encrypt_in_transit"},
		{"tlp=mauve"},
		{"start=2026-02-30"},
		{"reference=javascript:alert(1)"},
		{"start=2026-02-02", "end=2026-01-01"},
		{"name=a\nb"},
	} {
		if got, err := ParseList(list); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v: %v %v", list, got, err)
		}
	}
	got, err := ParseList([]string{"permitted-actions = externally visible indirect actions", "encrypt_in_transit: must", ""})
	if err != nil || *got != (Policy{Actions: IndirectAction, Encrypt: true}) {
		t.Errorf("%v %v", got, err)
	}
}

func drawn(t *rapid.T, name string) *Policy {
	if rapid.IntRange(0, 5).Draw(t, name+" none") == 0 {
		return nil
	}
	moments := []time.Time{{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := Policy{
		ID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, name+" id"), Encrypt: rapid.Bool().Draw(t, name+" encrypt"), Actions: rapid.SampledFrom(Actions()).Draw(t, name+" actions"),
		NoNotify: rapid.Bool().Draw(t, name+" silent"), TLP: rapid.SampledFrom(tlp.Labels()).Draw(t, name+" label"), Obfuscate: rapid.Bool().Draw(t, name+" obfuscate"),
		Attribution: rapid.SampledFrom([]Attribution{MayAttribute, MustAttribute, MustNotAttribute}).Draw(t, name+" attribution"), NoResale: rapid.Bool().Draw(t, name+" resale"),
		End: rapid.SampledFrom(moments).Draw(t, name+" end"), Reference: rapid.SampledFrom([]string{"", "https://example.org/p"}).Draw(t, name+" reference"),
	}
	return p.unlessEmpty()
}

// What is kept is what was said, and two policies together let no more than either.
func TestKeptAndStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "a"), drawn(t, "b")
		if diff := cmp.Diff(a, Kept(a.String())); diff != "" {
			t.Fatal(diff)
		}
		again, err := ParseList(a.List())
		if diff := cmp.Diff(a, again); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		if raw := a.String(); a != nil {
			if read, ok := Read([]byte(raw)); ok && !cmp.Equal(a, read) {
				t.Fatal(cmp.Diff(a, read))
			}
		}
		both := Stricter(a, b)
		if diff := cmp.Diff(both, Stricter(b, a)); diff != "" {
			t.Fatal(diff)
		}
		for _, one := range []*Policy{a, b} {
			if one == nil {
				continue
			}
			if both.PAP() < one.PAP() || both.Outside() && !one.Outside() || one.NoNotify && !both.NoNotify || one.Encrypt && !both.Encrypt ||
				both.TLP < one.TLP || one.Obfuscate && !both.Obfuscate || one.Attribution == MustNotAttribute && both.Attribution != MustNotAttribute {
				t.Fatalf("%v and %v: %v", a, b, both)
			}
			for _, at := range []time.Time{time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)} {
				if one.At(at) != nil && both.At(at) == nil {
					t.Fatalf("%v holds and %v does not", one, both)
				}
			}
		}
	})
}

func TestWhatCannotBeReadForbids(t *testing.T) {
	if p := Kept(`{"permitted_actions":`); p.Outside() || p.PAP() != tlp.PAPRed || !p.NoNotify {
		t.Errorf("%+v", p)
	}
	var none *Policy
	if !none.Outside() || none.PAP() != tlp.PAPClear || none.String() != "" || len(none.List()) != 0 || none.At(time.Now()) != nil {
		t.Error("no policy forbids something")
	}
}

// What an event keeps of a policy is what it asks for, whatever it is called, and reads the same in each form; it counts few.
func TestAnEventsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t, "p")
		bare := p.Bare()
		for form, text := range map[string]string{"statements": bare.Text(), "JSON": bare.String(), "the policy itself": p.String()} {
			if diff := cmp.Diff(bare, Told(text).Bare()); diff != "" {
				t.Fatalf("%s: %s", form, diff)
			}
		}
		list, _ := json.Marshal(p.List()) // texts cannot fail
		if diff := cmp.Diff(p, Told(string(list))); diff != "" {
			t.Fatal(diff)
		}
		same := p.Bare()
		if same != nil {
			same.TLP = tlp.Clear
			same = same.unlessEmpty()
		}
		if diff := cmp.Diff(same, CodeOf(int64(p.Code())).Policy()); diff != "" || p.Code() != same.Code() || p.Code() >= codeEnd {
			t.Fatalf("%d: %s", p.Code(), diff)
		}
		q := drawn(t, "q")
		if q.Bare().Text() == p.Bare().Text() != cmp.Equal(q.Bare(), p.Bare()) {
			t.Fatalf("%v and %v", p, q)
		}
	})
	if Told("") != nil || Told(" permitted_actions: any ") != nil || Told("[]") != nil || Code(0).Policy() != nil || (*Policy)(nil).Code() != 0 {
		t.Error("nothing said forbids something")
	}
	for _, text := range []string{
		"be kind", "{", "[", "[1]", `{"statement":"be kind"}`, "permitted_actions=dance", "encrypt_in_transit=must, encrypt_in_transit=may", "true",
		strings.Repeat("encrypt_in_transit=must,", 1000),
	} {
		if diff := cmp.Diff(Strictest(), Told(text)); diff != "" {
			t.Errorf("%.40s: %s", text, diff)
		}
	}
	for _, kept := range []int64{-1, int64(codeEnd), 1 << 40} {
		if CodeOf(kept) != Strictest().Code() {
			t.Errorf("%d is read as %v", kept, CodeOf(kept).Policy())
		}
	}
	if p := Told("Permitted-Actions: NONE; affected_party_notifications=must-not\nattribution=must-not"); !p.NoNotify || p.Actions != NoAction || p.Attribution != MustNotAttribute {
		t.Errorf("%+v", p)
	}
	for _, code := range []Code{3 << atAttribution, 7 << atActions} { // bits that nobody writes are the strictest of their statement
		if p := code.Policy(); p.Attribution != MustNotAttribute && p.Actions != NoAction {
			t.Errorf("%d: %+v", code, p)
		}
	}
}

// One thing that is said under two names counts as the strictest of it, in whatever order they are met.
func TestSaidUnderTwoNames(t *testing.T) {
	raw := []byte(`{"attribution":"must-not","provider_attribution":"may","encrypt_in_transit":"may"}`)
	for range 20 {
		if p, ok := Read(raw); !ok || p == nil || p.Attribution != MustNotAttribute {
			t.Fatalf("%+v", p)
		}
	}
	if p, ok := Read([]byte(`{"attribution":"may","provider_attribution":"may"}`)); !ok || p != nil {
		t.Errorf("%+v", p)
	}
	if _, err := Parse(map[string]string{"attribution": "must-not", "provider_attribution": "may"}); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
	if p, err := ParseList([]string{"name=A", "policy_name=A"}); err != nil || p.Name != "A" {
		t.Error(p, err)
	}
}

// A person's text states a policy in the forms that people write; what only looks like one, or is somebody else's, is none.
func TestInWords(t *testing.T) {
	for text, want := range map[string]*Policy{
		"": nil,
		"Hello,\r\nPERMITTED ACTIONS: NONE.\r\nAffected party notifications: must not\r\n":                               {Actions: NoAction, NoNotify: true},
		"IEP: permitted_actions=none; affected_party_notifications=must-not":                                             {Actions: NoAction, NoNotify: true},
		"Text.\n\nTLP:AMBER PAP:RED\niep: Encrypt_In_Transit=Must, tlp=amber, attribution=must-not, end_date=2020-01-01": {Encrypt: true, TLP: tlp.Amber, Attribution: MustNotAttribute},
		"IEP: permitted_actions=dance":                                               {Actions: NoAction},
		"Encrypt in transit: if you can":                                             {Encrypt: true},
		"permitted_actions=any\nPermitted actions: none\nIEP: permitted_actions=any": {Actions: NoAction},
		"IEP: see our web site":                                                      nil,
		"Attribution: John Smith\ntlp: red\n> IEP: attribution=must-not":             nil,
		"The word IEP: permitted_actions=none":                                       nil,
		"IEP:":                                                                       nil,
		"IEP: " + strings.Repeat("attribution=must-not,", 100):                       nil,
		strings.Repeat("\n", 3000) + "IEP: attribution=must-not":                     nil,
	} {
		if diff := cmp.Diff(want, InWords(text)); diff != "" {
			t.Errorf("%.60q: %s", text, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // what a message says under its text is read from there, and more text never asks for less
		p, q := drawn(t, "p").Bare(), drawn(t, "q").Bare()
		if p != nil && p.Attribution == MustAttribute {
			p.Attribution = MayAttribute
			p = p.unlessEmpty()
		}
		one := "Hello\n\nIEP: " + p.Text() + "\n"
		if diff := cmp.Diff(p, InWords(one)); diff != "" {
			t.Fatal(diff)
		}
		if both := InWords(one + "IEP: " + q.Text()); Stricter(p, both).Text() != both.Text() {
			t.Fatalf("%v and %v: %v", p, q, both)
		}
	})
}
