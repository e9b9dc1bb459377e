package constituency

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// The reader agrees with encoding/csv wherever that finds nothing wrong.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\r\n\"x\r\ny\"\r\n", "\"a\"\"b\",c", "a,\"b", "a\"b\n", ",,\n\n\n,", "\ufeffa\n", "a\r", "\"a\"\r", "a\r\rb,c\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("\ufeff")) {
			return
		}
		std := csv.NewReader(bytes.NewReader(data))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		var got [][]string
		r := newCellReader(data)
		for rec, ok := r.next(); ok; rec, ok = r.next() {
			if err == nil && rec.reason != "" {
				if len(data) < maxCells { // beyond, our limits may speak
					t.Fatalf("%q: line %d: %s", data, rec.line, rec.reason)
				}
				return
			}
			got = append(got, rec.cells)
		}
		if r.line > bytes.Count(data, []byte("\n"))+1 {
			t.Fatalf("%q: %d lines", data, r.line)
		}
		if err == nil && !cmp.Equal(want, got) {
			t.Fatalf("%q:\n%s", data, cmp.Diff(want, got))
		}
	})
}

// Whatever the file, nothing breaks, every row is accounted for once, and a
// second import changes nothing.
func FuzzImport(f *testing.F) {
	f.Add([]byte(sample), false)
	f.Add([]byte("organisation,parent\nA,B\nB,A\n"), false)
	f.Add([]byte("organisations:\n  - name: A\n    networks: [AS1, {network: 192.0.2.0/24, from: 2026-01-01}]\n    contacts: [a@b.example]\n"), true)
	f.Add([]byte("organisations:\n  - {name: &a A, parent: *a}\n"), true)
	r, _ := register(f, sqldbtest.Open(f, sqldb.SQLite), Options{})
	f.Fuzz(func(t *testing.T, data []byte, isYAML bool) {
		format := CSV
		if isYAML {
			format = YAML
		}
		empty(t, r)
		rep, err := r.Import(ctx, actor, bytes.NewReader(data), ImportOptions{Format: format})
		if err != nil {
			return
		}
		if rep.Rows != rep.Accepted+len(rep.Rejected) {
			t.Fatalf("%d rows, %d accepted, %d rejected", rep.Rows, rep.Accepted, len(rep.Rejected))
		}
		again, err := r.Import(ctx, actor, bytes.NewReader(data), ImportOptions{Format: format})
		if err != nil || len(again.Changes) != 0 {
			t.Fatalf("second import: %v, %v", again.Changes, err)
		}
		var out strings.Builder
		if _, err := r.Export(ctx, actor, &out, YAML); err != nil {
			t.Fatal(err)
		}
		back, err := r.Import(ctx, actor, strings.NewReader(out.String()), ImportOptions{Format: YAML})
		if err != nil || len(back.Changes) != 0 || len(back.Rejected) != 0 {
			t.Fatalf("round trip: %v %v %v\n%s", back.Changes, back.Rejected, err, out.String())
		}
		if _, err := r.Check(ctx, actor, CheckOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
