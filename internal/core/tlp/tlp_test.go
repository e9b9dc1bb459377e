package tlp_test

import (
	"encoding/json"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want tlp.Label
		ok   bool
	}{
		{"TLP:RED", tlp.Red, true},
		{"red", tlp.Red, true},
		{"tlp: amber", tlp.Amber, true},
		{"TLP:AMBER+STRICT", tlp.AmberStrict, true},
		{"amber-strict", tlp.AmberStrict, true},
		{"Amber Strict", tlp.AmberStrict, true},
		{"amber + strict", tlp.AmberStrict, true},
		{"TLP:GREEN", tlp.Green, true},
		{"clear", tlp.Clear, true},
		{"TLP:WHITE", tlp.Clear, true},
		{"", tlp.Red, false},
		{"TLP:", tlp.Red, false},
		{"orange", tlp.Red, false},
		{"green+strict", tlp.Red, false},
	}
	for _, tt := range tests {
		got, err := tlp.Parse(tt.text)
		if got != tt.want || (err == nil) != tt.ok || (err != nil && !problem.Is(err, problem.Invalid)) {
			t.Errorf("%q: got %v, %v", tt.text, got, err)
		}
	}
}

func TestWrittenLabelsAreReadBack(t *testing.T) {
	for _, l := range tlp.Labels() {
		for _, s := range []string{l.String(), l.Short()} {
			if got, err := tlp.Parse(s); got != l || err != nil {
				t.Errorf("%s was read as %v, %v", s, got, err)
			}
		}
		b, err := json.Marshal(l)
		var back tlp.Label
		if err != nil || json.Unmarshal(b, &back) != nil || back != l {
			t.Errorf("%v through JSON: %s, %v", l, b, back)
		}
	}
	for _, p := range []tlp.PAP{tlp.PAPClear, tlp.PAPGreen, tlp.PAPAmber, tlp.PAPRed} {
		if got, err := tlp.ParsePAP(p.String()); got != p || err != nil {
			t.Errorf("%s was read as %v, %v", p, got, err)
		}
	}
}

func TestStrictness(t *testing.T) {
	if !(tlp.Clear < tlp.Green && tlp.Green < tlp.Amber && tlp.Amber < tlp.AmberStrict && tlp.AmberStrict < tlp.Red) {
		t.Error("the labels are not in order")
	}
	if got := tlp.Strictest(tlp.Green, tlp.AmberStrict, tlp.Amber); got != tlp.AmberStrict {
		t.Errorf("got %v", got)
	}
	if got := tlp.Strictest(); got != tlp.Clear {
		t.Errorf("of none: %v", got)
	}
}

// FIRST, TLP 2.0, section on colours.
func TestColours(t *testing.T) {
	want := map[tlp.Label]string{tlp.Red: "#FF2B2B", tlp.Amber: "#FFC000", tlp.AmberStrict: "#FFC000", tlp.Green: "#33FF00", tlp.Clear: "#FFFFFF"}
	for l, colour := range want {
		if text, back := l.Colours(); text != colour || back != "#000000" {
			t.Errorf("%v is %s on %s", l, text, back)
		}
	}
}

// A number that is no label must never be taken for a wide one.
func TestUnknownIsStrict(t *testing.T) {
	if s := tlp.Label(200).String(); s != "TLP:RED" {
		t.Errorf("got %s", s)
	}
	if s := tlp.PAP(200).String(); s != "PAP:RED" {
		t.Errorf("got %s", s)
	}
}

func TestPAP(t *testing.T) {
	tests := []struct {
		text            string
		want            tlp.PAP
		lookup, contact bool
	}{
		{"PAP:CLEAR", tlp.PAPClear, true, true},
		{"white", tlp.PAPClear, true, true},
		{"pap:green", tlp.PAPGreen, true, true},
		{"amber", tlp.PAPAmber, true, false},
		{"RED", tlp.PAPRed, false, false},
	}
	for _, tt := range tests {
		got, err := tlp.ParsePAP(tt.text)
		if err != nil || got != tt.want || got.AllowsLookup() != tt.lookup || got.AllowsContact() != tt.contact {
			t.Errorf("%q: got %v, %v", tt.text, got, err)
		}
	}
	if _, err := tlp.ParsePAP("amber+strict"); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
}
