package format

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
)

// one writes a single row and gives its fields, or the reject.
func one(t *testing.T, d Defaults, set func(r *Rows) Fault) (row map[string]string, fault Fault) {
	t.Helper()
	b := event.NewBatch([32]byte{})
	r := NewRows(b, d, WindowAt(time.Unix(1e9, 0)))
	r.AssumeTime(time.Unix(1e9, 0))
	r.Begin(nil)
	r.End(set(r), event.Reject{})
	if x := b.Rejects(); len(x) > 0 {
		return nil, Fault{x[0].Code, x[0].Reason}
	}
	row = map[string]string{}
	for _, c := range b.Columns() {
		switch {
		case c.IsNull(0):
		case c.Kind == event.Text:
			row[c.Name] = string(c.Bytes(0))
		case c.Kind == event.IP:
			row[c.Name] = c.AddrAt(0).String()
		default:
			row[c.Name] = fmt.Sprint(c.Int64(0))
		}
	}
	return row, Fault{}
}

// The host of a URL decides whose problem it is, so what only looks like the host must not be taken for it.
func TestHostOfAURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://evil.example/x":                        "evil.example ",
		"HTTP://EVIL.Example:8080":                     "evil.example ",
		"http://bank.example@evil.example/":            "evil.example ",
		"http://bank.example:pw@192.0.2.1:80/":         " 192.0.2.1",
		"http://evil.example/?u=http://bank.example/":  "evil.example ",
		"http://evil.example#@bank.example/":           "evil.example ",
		"hxxp://evil.example/":                         "evil.example ",
		"http://[2001:db8::1]:443/":                    " 2001:db8::1",
		"http://localhost/":                            " ",
		"http://3221225985/":                           " ",
		"http://evil.example./":                        "evil.example ",
		"http://[::ffff:192.0.2.1]/":                   "bad-address",
		"http://0.0.0.0/":                              "bad-address",
		"http:///path":                                 "bad-syntax",
		"//evil.example":                               "evil.example ",
		"evil.example/x":                               "bad-syntax",
		"http://evil.example/\x7f":                     "bad-syntax",
		"http://evil.example/\xff":                     "bad-utf8",
		"http://a b/":                                  "bad-syntax",
		"http://" + strings.Repeat("a", 70) + ".test/": " ",
	} {
		row, f := one(t, Defaults{}, func(r *Rows) Fault { return r.SetURL("source", []byte(in)) })
		got := f.Code
		if f.OK() {
			got = row["source.fqdn"] + " " + row["source.ip"]
			if row["source.url"] != in {
				t.Errorf("%q is kept as %q", in, row["source.url"])
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	// What the row says itself goes before what its URL says.
	row, f := one(t, Defaults{}, func(r *Rows) Fault {
		if f := r.Set("source.ip", []byte("192.0.2.7")); !f.OK() {
			return f
		}
		return r.SetURL("source", []byte("http://192.0.2.8/"))
	})
	if !f.OK() || row["source.ip"] != "192.0.2.7" {
		t.Errorf("%v, %+v", row, f)
	}
}

// What the configuration says of a feed holds where the row says nothing, and only there.
func TestDefaultsGiveWay(t *testing.T) {
	d := Defaults{Type: "scanner", Identifier: "mine", Constants: map[string]string{"feed.provider": "us", "protocol.transport": "TCP"}}
	for name, c := range map[string]struct {
		field, value string
		want         map[string]string
	}{
		"nothing said": {"comment", "x", map[string]string{"classification.type": "scanner", "classification.taxonomy": "information-gathering", "classification.identifier": "mine", "feed.provider": "us", "protocol.transport": "tcp", "attribution.role": "source", "attribution.standing": "responsible"}},
		"type":         {"classification.type", "Phishing", map[string]string{"classification.type": "phishing", "classification.taxonomy": "fraud", "extra.classification_type": "Phishing"}},
		"identifier":   {"classification.identifier", "theirs", map[string]string{"classification.identifier": "theirs"}},
		"constant":     {"feed.provider", "them", map[string]string{"feed.provider": "them"}},
		"role":         {"attribution.role", "none", map[string]string{"attribution.role": "source", "extra.attribution.role": "none"}},
	} {
		row, f := one(t, d, func(r *Rows) Fault { return r.Set(c.field, []byte(c.value)) })
		for field, want := range c.want {
			if !f.OK() || row[field] != want {
				t.Errorf("%s: %s = %q, want %q (%+v)", name, field, row[field], want, f)
			}
		}
	}
	row, _ := one(t, Defaults{Role: "none"}, func(*Rows) Fault { return Fault{} })
	if row["attribution.role"] != "none" || row["attribution.standing"] != "" {
		t.Errorf("nobody can act, and standing is %q", row["attribution.standing"])
	}
	if _, f := one(t, Defaults{Constants: map[string]string{"source.port": "many"}}, func(*Rows) Fault { return Fault{} }); f.Code != event.RejectNumber {
		t.Errorf("a constant that is none: %+v", f)
	}
}

// Beyond the limit of columns nothing is lost: the rest stands in one JSON text, in each row anew.
func TestOverflowHoldsTheRest(t *testing.T) {
	const more = 3
	b := event.NewBatch([32]byte{})
	r := NewRows(b, Defaults{}, WindowAt(time.Unix(1e9, 0)))
	r.AssumeTime(time.Unix(1e9, 0))
	for range 2 {
		r.Begin(nil)
		f := Fault{}
		for i := 0; i < event.MaxExtras+more && f.OK(); i++ {
			f = r.Set(fmt.Sprint("n", i), []byte(`v"`+fmt.Sprint(i)))
		}
		r.End(f, event.Reject{})
	}
	r.Begin(nil)
	r.End(Fault{}, event.Reject{})
	c := b.Find(event.FieldExtra)
	if b.Rows() != 3 || c == nil || !c.IsNull(2) {
		t.Fatalf("%d rows, %+v", b.Rows(), b.Rejects())
	}
	for i := range 2 {
		got := map[string]string{}
		if f := Flatten(c.Bytes(i), func(name string, v []byte) { got[name] = string(v) }); !f.OK() {
			t.Fatalf("row %d: %+v", i, f)
		}
		want := map[string]string{"n256": `v"256`, "n257": `v"257`, "n258": `v"258`}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("row %d (-want +got):\n%s", i, d)
		}
	}
}

// The types of IntelMQ's older versions go where its own upgrade put them; what names no culprit here names none after.
func TestOldTypesOfIntelMQ(t *testing.T) {
	for old, want := range map[string]string{
		"c&c": "c2-server", "botnet drone": "infected-system", "unauthorized-command": "system-compromise", "unauthorized-login": "system-compromise",
		"backdoor": "system-compromise", "defacement": "unauthorised-information-modification", "leak": "data-leak", "dropzone": "other",
		"ransomware": "infected-system", "malware": "undetermined", "blacklist": "undetermined", "dga domain": "undetermined", "tor": "other",
		"IDS Alert": "ids-alert", "  Vulnerable Service\t": "vulnerable-system", "unknown": "undetermined",
	} {
		if got, ok := TypeOf(old); !ok || string(got) != want {
			t.Errorf("%q: %q, want %q", old, got, want)
		}
	}
}

// A disk that fails in the middle is an error, never the end of the input; what was whole before it still comes.
func TestReadErrorIsNoEnd(t *testing.T) {
	bad := errors.New("input/output error")
	for _, split := range []Split{Lines, CSV, Whole} {
		in := io.MultiReader(strings.NewReader("a,b\nc,d\ne,"), iotest.ErrReader(bad))
		s := NewSplitter(in, SplitOptions{Split: split, PartSize: 4})
		var got strings.Builder
		var err error
		for err == nil {
			var p Part
			if p, err = s.Next(); err == nil {
				if p.Last {
					t.Errorf("split %d: part %d says that it is the last", split, p.Index)
				}
				got.Write(p.Data)
			}
		}
		if !errors.Is(err, bad) || split != Whole && got.String() != "a,b\nc,d\n" {
			t.Errorf("split %d: %q, then %v", split, got.String(), err)
		}
	}
}
