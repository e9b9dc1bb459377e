package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
)

// boxes is a small vocabulary that is not that of events.
var boxes = NewVocabulary([]event.Field{{Name: "label"}},
	Subject{Name: "colour", Fields: []event.Field{{Name: "colour"}}, Sense: Lower},
	Subject{Name: "ip", Fields: []event.Field{{Name: "address", Kind: event.IP}}},
	Subject{Name: "weight", Fields: []event.Field{{Name: "grams", Kind: event.Int}}},
)

func TestVocabularyOfItsOwn(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"its names", "colour:RED -weight:>5", "colour:red -weight:>=6"},
		{"capitals", "Colour:red", "colour:red"},
		{"has", "has:weight", "has:weight"},
		{"address", "192.0.2.0/24", "ip:192.0.2.0/24"},
		{"no AS numbers", "AS64496", `"AS64496"`},
		{"no domains", "www.firehall.example", `"www.firehall.example"`},
		{"word", "fragile", "fragile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Parse(tt.query, Options{Names: boxes})
			if err != nil || n.String() != tt.want {
				t.Fatalf("got %v, %v; want %s", n, err, tt.want)
			}
			if back, err := Parse(n.String(), Options{Names: boxes}); err != nil || back.String() != tt.want {
				t.Errorf("read back: %v, %v", back, err)
			}
		})
	}
}

func TestVocabulariesStayApart(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		names       *Vocabulary
		says        string
	}{
		{"events know no boxes", "weight:5", nil, `no field is called "weight"`},
		{"boxes know no events", "source.port:5", boxes, `no field is called "source.port"`},
		{"boxes have no extras", "extra.tag:x", boxes, "what can be asked: colour, ip, weight; quote text"},
		{"has", "has:asn", boxes, `no field is called "asn"`},
		{"hint", "color:red", boxes, `did you mean "colour"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.query, Options{Names: tt.names})
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestVocabularyNames(t *testing.T) {
	if got := boxes.Names(); !slices.Equal(got, []string{"colour", "ip", "weight"}) {
		t.Errorf("got %v", got)
	}
	if w := boxes.WordFields(); len(w) != 1 || w[0].Name != "label" {
		t.Errorf("got %v", w)
	}
	if !slices.Equal(Events().Names(), Names()) {
		t.Error("the names of events differ")
	}
}
