package reports

import (
	"testing"
	"unicode/utf8"
)

// Whatever a service answers, what is kept of it is fit for an address and for the database.
func FuzzParseList(f *testing.F) {
	f.Add([]byte(`[{"id":"abc","type":"scan_telnet","file":"x.csv","timestamp":"2026-11-19"}]`))
	f.Add([]byte(`{"error":"no"}`))
	f.Add([]byte(`[{"id":"../x","timestamp":"\u0000"}]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		list, odd, err := parseList(in)
		if err != nil && len(list)+odd > 0 {
			t.Fatal("a list and an error")
		}
		for _, i := range list {
			if !goodID.MatchString(i.ID) || !utf8.ValidString(i.File) || !utf8.ValidString(i.Kind) || len(i.Day) != 0 && len(i.Day) != 10 {
				t.Fatalf("%+v", i)
			}
		}
	})
}
