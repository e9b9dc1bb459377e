package format

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
)

func TestTypeOf(t *testing.T) {
	for name, want := range map[string]string{
		"infected-system": "infected-system", "C&C": "c2-server", " blacklist ": "undetermined", "Spam": "spam", "nonsense": "", "": "",
	} {
		if got, ok := TypeOf(name); string(got) != want || ok != (want != "") {
			t.Errorf("TypeOf(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
	for name, kind := range intelmq {
		if _, ok := rsit.Lookup(string(kind)); !ok {
			t.Errorf("%s maps to %q, which is no RSIT type", name, kind)
		}
	}
}

func TestExtraName(t *testing.T) {
	for in, want := range map[string]string{
		"a": "extra.a", "extra.b": "extra.b", "x y/z": "extra.x_y_z", "": "extra._", "bücher": "extra.b_cher",
		strings.Repeat("n", 200): "extra." + strings.Repeat("n", 120),
	} {
		if got := ExtraName(in); got != want {
			t.Errorf("ExtraName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFlatten(t *testing.T) {
	var got []string
	fault := Flatten([]byte(`{"a":{"b":"x","c":{"d":1.50}},"e":[1, {"f":2}],"g":null,"h":true,"i":"é\n"}`), func(name string, v []byte) {
		got = append(got, name+"="+string(v))
	})
	want := []string{"a.b=x", "a.c.d=1.50", `e=[1,{"f":2}]`, "h=true", "i=é\n"}
	if d := cmp.Diff(want, got); !fault.OK() || d != "" {
		t.Errorf("%v (-want +got):\n%s", fault, d)
	}
	for _, in := range []string{"", "1", "[]", "{", `{"a"}`, `{"a":1}x`, `{"a":1,"a":2}`, `{"a.b":1,"a":{"b":2}}`, `{"a":"` + "\n" + `"}`} {
		if f := Flatten([]byte(in), func(string, []byte) {}); f.OK() || f.Reason == "" {
			t.Errorf("Flatten(%q) finds nothing wrong", in)
		}
	}
}

func FuzzFlatten(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,"x"]}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		names := map[string]bool{}
		Flatten(in, func(name string, _ []byte) {
			if names[name] {
				t.Fatalf("%q comes twice", name)
			}
			names[name] = true
		})
	})
}

func TestAppendMember(t *testing.T) {
	got := AppendMember(AppendMember(nil, "a", []byte("x\"\\\n\xff")), "b", []byte("é"))
	if want := "{\"a\":\"x\\\"\\\\\\u000a\uFFFD\",\"b\":\"é\""; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRowsWithVictims(t *testing.T) {
	b := event.NewBatch([32]byte{})
	r := NewRows(b, Defaults{Role: "destination", Standing: "victim", Report: "mine"}, WindowAt(time.Unix(1e9, 0)))
	r.AssumeTime(time.Unix(1e9, 0))
	r.Begin([]byte("x"))
	r.End(r.SetURL("destination", []byte("http://[2001:db8::1]:80/x")), event.Reject{})
	r.Begin([]byte("y"))
	r.End(r.SetURL("destination", []byte("no url")), event.Reject{Line: 2})
	if b.Rows() != 1 || len(b.Rejects()) != 1 || b.Rejects()[0].Line != 2 {
		t.Fatalf("%d rows, %+v", b.Rows(), b.Rejects())
	}
	if got := b.Find("destination.ip").AddrAt(0).String(); got != "2001:db8::1" {
		t.Errorf("destination.ip = %s", got)
	}
	for field, want := range map[string]string{"attribution.role": "destination", "attribution.standing": "victim", "feed.report": "mine"} {
		if v, _ := b.Find(field).Constant(); v != want {
			t.Errorf("%s = %q, want %q", field, v, want)
		}
	}
}

// Names from outside cannot become fields of the program's own, nor two columns that the query engine takes for one.
func TestNamesFromOutside(t *testing.T) {
	for name, want := range map[string]string{
		"attribution.organisation": "extra.attribution.organisation", "intake": "extra.intake", "key": "extra.key",
		"classification.taxonomy": "extra.classification.taxonomy", "extra": "extra.extra", "Source.IP": "extra.source.ip", "extra.A": "extra.a",
		"EXTRA.b": "extra.b", "time.arrival": "extra.time.arrival", "source.reserved": "extra.source.reserved",
		"x\" FROM read_text('/etc/passwd')": "extra.x__from_read_text___etc_passwd__", "a\r\nb": "extra.a__b", "source.ip.hi": "extra.source.ip.hi",
	} {
		b := event.NewBatch([32]byte{})
		r := NewRows(b, Defaults{}, WindowAt(time.Unix(1e9, 0)))
		r.AssumeTime(time.Unix(1e9, 0))
		r.Begin(nil)
		r.End(r.Set(name, []byte("v")), event.Reject{})
		if c := b.Find(want); c == nil || string(c.Bytes(0)) != "v" {
			t.Errorf("%q is not kept as %s: %+v", name, want, b.Rejects())
		}
	}
}

// Values of each kind that are none set the row aside and say which field; nothing of the row stays behind in its columns.
func TestBadValues(t *testing.T) {
	for field, values := range map[string]map[string]string{
		"source.ip":                   {"192.0.2.256": event.RejectAddress, "192.0.2.0/24": event.RejectAddress, "0.0.0.0": event.RejectAddress, "::ffff:192.0.2.1": event.RejectAddress, "fe80::1%1": event.RejectAddress, "1": event.RejectAddress},
		"source.port":                 {"-1": event.RejectNumber, "65536": event.RejectNumber, "1e3": event.RejectNumber, "9999999999999999999": event.RejectNumber, "٣": event.RejectNumber},
		"source.asn":                  {"0": event.RejectNumber, "AS0": event.RejectNumber, "AS": event.RejectNumber, "4294967296": event.RejectNumber, "64496.1": event.RejectNumber},
		"source.geolocation.latitude": {"NaN": event.RejectNumber, "Inf": event.RejectNumber, "1e999": event.RejectNumber, "north": event.RejectNumber},
		"source.tor_node":             {"maybe": event.RejectNumber, "2": event.RejectNumber},
		"time.source":                 {"1970-01-01": event.RejectTime, "2099-01-01": event.RejectTime, "2001-02-30": event.RejectTime, "now": event.RejectTime, "2001-09-09 01:46:40 EST": event.RejectTime},
		"classification.type":         {"nonsense": event.RejectClass},
		"comment":                     {"a\x00b": event.RejectNUL, "a\xff": event.RejectUTF8, "\xed\xa0\x80": event.RejectUTF8},
		"extra.x":                     {"a\x00b": event.RejectNUL, "\xc0\xaf": event.RejectUTF8},
	} {
		for v, code := range values {
			b := event.NewBatch([32]byte{})
			r := NewRows(b, Defaults{}, WindowAt(time.Unix(1e9, 0)))
			r.AssumeTime(time.Unix(1e9, 0))
			r.Begin(nil)
			f := r.Set("user_agent", []byte("before"))
			if f.OK() {
				f = r.Set(field, []byte(v))
			}
			r.End(f, event.Reject{Line: 7})
			if x := b.Rejects(); b.Rows() != 0 || len(x) != 1 || x[0].Code != code || x[0].Line != 7 || !strings.HasPrefix(x[0].Reason, field) {
				t.Errorf("%s = %q: %d rows, %+v", field, v, b.Rows(), x)
			}
			r.Begin(nil)
			r.End(Fault{}, event.Reject{})
			if c := b.Find("user_agent"); !c.IsNull(0) {
				t.Errorf("%s = %q: the next row has its %q", field, v, c.Bytes(0))
			}
		}
	}
}

// JSON that is a trap for the reader: deep, wide, ambiguous.
func TestHostileJSON(t *testing.T) {
	wide := strings.Builder{}
	for i := range maxMembers + 1 {
		wide.WriteString(`,"` + strconv.Itoa(i) + `":1`)
	}
	for name, in := range map[string]string{
		"deep objects":           strings.Repeat(`{"a":`, maxDepth+2) + "1" + strings.Repeat("}", maxDepth+2),
		"deep lists":             `{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
		"wide":                   `{"x":1` + wide.String() + "}",
		"twice":                  `{"a":1,"a":1}`,
		"twice by escapes":       `{"a":1,"\u0061":2}`,
		"twice by dots":          `{"a.b":1,"a":{"b":2}}`,
		"bytes of no UTF-8":      "{\"a\":\"\xff\"}",
		"NUL byte":               "{\"a\":\"\x00\"}",
		"number of a thousand e": `{"a":1ee1000}`,
		"single quotes":          `{'a':1}`,
		"comment":                `{"a":1/*x*/}`,
		"comma behind":           `{"a":1,}`,
		"NaN":                    `{"a":NaN}`,
		"mark":                   "\xef\xbb\xbf{}",
	} {
		if f := Flatten([]byte(in), func(string, []byte) {}); f.OK() || f.Reason == "" || len(f.Reason) > 400 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := Flatten([]byte(`{"a":{},"b":[],"c":1e999999,"":2,"d":"\ud800"}`), func(string, []byte) {}); !f.OK() {
		t.Errorf("odd but whole: %+v", f)
	}
}

// What an event keeps of a policy is what it asks for, and not what tells policies apart that ask for the same; one that is over binds nobody, and what nobody can
// read permits nothing. It has a column, however many others there are.
func TestAPolicyIsKeptAsWhatItAsksFor(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for said, want := range map[string]string{
		"":                      "",
		"permitted_actions=any": "",
		`["iep_id=0224bfdf","policy_name=Of Ms Berg","attribution=must-not","external_reference=https://a.example/p","end_date=2027-01-01"]`: "attribution=must-not",
		`{"iep_id":"1","affected_party_notifications":"must-not","tlp":"amber","start_date":"2030-01-01"}`:                                   "affected_party_notifications=must-not, tlp=amber",
		"encrypt_in_transit: must; unmodified_resale: must-not":                                                                              "encrypt_in_transit=must, unmodified_resale=must-not",
		"encrypt_in_transit=must, end_date=2026-11-22T12:00:00Z":                                                                             "",
		"encrypt_in_transit=must, end_date=2026-11-22T12:00:01Z":                                                                             "encrypt_in_transit=must",
		"be kind": iep.Strictest().Text(),
	} {
		b := event.NewBatch([32]byte{})
		r := NewRows(b, Defaults{}, WindowAt(now))
		r.Begin([]byte("x"))
		for i := range event.MaxExtras {
			r.Set("extra.n"+strconv.Itoa(i), []byte("x"))
		}
		r.Set(event.FieldPAP, []byte("red"))
		fault := r.Set(event.FieldIEP, []byte(said))
		r.SetTime(event.FieldTime, now)
		r.End(fault, event.Reject{})
		got := ""
		if c := b.Find(event.FieldIEP); c != nil {
			got = string(c.Bytes(0))
		}
		if b.Rows() != 1 || got != want || string(b.Find(event.FieldPAP).Bytes(0)) != "red" {
			t.Errorf("%q is kept as %q, want %q; %+v", said, got, want, b.Rejects())
		}
	}
}
