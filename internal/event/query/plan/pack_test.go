package plan

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

func TestPackedRows(t *testing.T) {
	r := Request{Where: query.Everything, Filter: query.Everything, Files: stock(), Fields: []string{"class", "source.ip", "malware", "asn"}}
	open, err := Make(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Pack = true
	p, err := Make(r)
	if err != nil || len(p.Columns) != 3 || p.Columns[0].Kind != event.IP || p.Columns[1].Name != "source.asn" || p.Columns[2].Name != PackName {
		t.Fatalf("%+v, %v", p.Columns, err)
	}
	if len(p.Packed) != 2 || p.Packed[0].Name != event.FieldType || p.Packed[1].Name != event.FieldMalware {
		t.Errorf("%+v", p.Packed)
	}
	if !strings.Contains(p.SQL, "concat('0:' || strlen(c0) || ':' || c0, '1:' || strlen(c2) || ':' || c2, '')") {
		t.Error(p.SQL)
	}
	if p.RowBytes() < open.RowBytes() {
		t.Errorf("%d bytes a row packed, %d open", p.RowBytes(), open.RowBytes())
	}
}

func TestUnpackRefuses(t *testing.T) {
	for _, s := range []string{"x", "0", "0:", "0:1", "0:2:a", "-1:1:a", "2:1:a", "0:-1:a", "0:1:ab", "0:9999999999999999999:a", ":1:a", "0::a"} {
		if err := Unpack(s, 2, func(int, string) {}); !problem.Is(err, problem.Internal) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestUnpackGivesWhatWasPacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9:]{0,6}`))).Draw(t, "texts")
		var b strings.Builder
		for i, s := range texts {
			fmt.Fprintf(&b, "%d:%d:%s", i, len(s), s)
		}
		next := 0
		err := Unpack(b.String(), len(texts), func(i int, text string) {
			if i != next || text != texts[i] {
				t.Fatalf("%d: %q", i, text)
			}
			next++
		})
		if err != nil || next != len(texts) {
			t.Fatalf("%d of %d, %v", next, len(texts), err)
		}
	})
}
