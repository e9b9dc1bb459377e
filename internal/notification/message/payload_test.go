package message

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/delivery"
)

func documentOf(t *testing.T, r *Renderer, l Letter) payloadDoc {
	t.Helper()
	raw, err := r.payload(totals(l), "title", delivery.Attachment{Name: "x.csv", MediaType: "text/csv", Data: []byte("finding\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	var doc payloadDoc
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestThePayloadListsFindings(t *testing.T) {
	s := infections(3)
	s.Rows[2].Finding = s.Rows[0].Finding
	doc := documentOf(t, renderer(t, Options{}), letter(s, flooded()))
	if doc.Type != "firehall.notification" || doc.Timestamp != "2026-11-22T06:30:00Z" || doc.Ticket != "FH-2026-0001234" || doc.Label != "TLP:AMBER" || doc.Subject != "title" {
		t.Errorf("%+v", doc)
	}
	if doc.Part != 1 || doc.Parts != 1 || doc.Findings != 3 || doc.Events != 4 || doc.CSV != nil || len(doc.Sections) != 2 {
		t.Errorf("%+v", doc)
	}
	first := doc.Sections[0]
	if first.Standing != Responsible || first.Taxonomy != "malicious-code" || first.Findings != 2 || first.Events != 3 || len(first.List) != 2 {
		t.Fatalf("%+v", first)
	}
	if f := first.List[0]; f.Finding != s.Rows[0].Finding || len(f.Events) != 2 || f.Events[0]["destination.ip"] != "203.0.113.80" || f.First != "2026-11-20T05:30:00Z" || f.Count != 3 {
		t.Errorf("%+v", f)
	}
	if doc.Sections[1].Standing != Victim {
		t.Errorf("%+v", doc.Sections[1])
	}
}

func TestThePayloadsValues(t *testing.T) {
	long := strings.Repeat("é", maxCell+5)
	tests := []struct {
		name string
		w    Row
		key  string
		want string
		has  bool
	}{
		{"as it came", Row{Event: map[string]string{"extra.banner": "=1+1\r\n"}}, "extra.banner", "=1+1\r\n", true},
		{"without a value", Row{Event: map[string]string{"extra.banner": "", "source.ip": "192.0.2.1"}}, "extra.banner", "", false},
		{"cut", Row{Event: map[string]string{"extra.banner": long}}, "extra.banner", long[:2*(maxCell-1)] + "…", true},
		{"the time of the row", Row{Time: made, Event: map[string]string{"source.ip": "192.0.2.1"}}, "time.source", "2026-11-22T06:30:00Z", true},
		{"the event's own time", Row{Time: made, Event: map[string]string{"time.source": "then"}}, "time.source", "then", true},
		{"no time", Row{Event: map[string]string{"source.ip": "192.0.2.1"}}, "time.source", "", false},
		{"a finding without its event", Row{Addr: "192.0.2.1", Port: 23, Transport: "tcp"}, "source.port", "23", true},
		{"and its kind", Row{Addr: "192.0.2.1"}, "classification.type", "spam", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(tt.w.Event)
			doc := documentOf(t, renderer(t, Options{}), letter(Section{Type: "spam", Rows: []Row{tt.w}}))
			if got, has := doc.Sections[0].List[0].Events[0][tt.key]; got != tt.want || has != tt.has {
				t.Errorf("got %.40q, %v", got, has)
			}
			if len(tt.w.Event) != before {
				t.Error("the letter's own event was changed")
			}
		})
	}
}

func TestThePayloadKeepsToTheLimit(t *testing.T) {
	r := renderer(t, Options{PartSize: 64 << 10})
	if doc := documentOf(t, r, letter(infections(20))); doc.CSV != nil || len(doc.Sections[0].List) != 20 {
		t.Error("a small payload does not list its findings")
	}
	doc := documentOf(t, r, letter(infections(2000)))
	if doc.CSV == nil || doc.CSV.Name != "x.csv" || string(doc.CSV.Data) != "finding\r\n" || doc.Sections[0].List == nil || len(doc.Sections[0].List) != 0 {
		t.Errorf("%+v", doc.CSV)
	}
}
