package format

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
