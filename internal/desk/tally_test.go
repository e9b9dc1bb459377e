package desk_test

import (
	"fmt"
	"testing"

	"github.com/firehall/firehall/internal/desk"
)

// What is remembered of earlier questions shows in no answer.
func TestAskedAgainWhileEventsCome(t *testing.T) {
	s := newEvents(t)
	ask := func() (out string) {
		t.Helper()
		for _, text := range []string{"", "class:scanner", "port:1,2,3,9", "class:spam"} {
			rows, err := s.Desk.Rows(t.Context(), asker, desk.RowQuery{Text: text, Limit: 3, Fields: []string{"source.port"}})
			if err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprintf("%q:", text)
			for _, r := range rows.Rows {
				out += " " + r.Cells[0].Raw
			}
			out += fmt.Sprintf(" next %v;", rows.Next != "")
			for _, field := range []string{"source.port", "class", "source.asn"} {
				b, err := s.Desk.Breakdown(t.Context(), asker, desk.BreakdownQuery{Text: text, Field: field, Limit: 4})
				if err != nil {
					t.Fatal(err)
				}
				out += fmt.Sprintf(" %+v", b)
			}
			h, err := s.Desk.Histogram(t.Context(), asker, desk.HistogramQuery{Text: text, Split: "source.port"})
			if err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprintf(" %+v\n", h)
		}
		return out
	}
	for i, came := range []func(){
		func() {},
		func() { s.take("scanner", 5, 4, 3, 200) },
		func() { s.take("scanner", 1, 7, 7) }, // newer and older than those known
		func() { s.take("infected-system", 4, 4, 90) },
		func() { s.take("spam", 9000) },
	} {
		came()
		again := ask()
		if twice := ask(); twice != again {
			t.Errorf("%d: asked again\n%s\ngot\n%s", i, again, twice)
		}
		s.Desk.Forget()
		if fresh := ask(); fresh != again {
			t.Errorf("%d: with what was remembered\n%s\nwithout\n%s", i, again, fresh)
		}
		s.Desk.Forget()
		ask() // known before the next come
	}
}
