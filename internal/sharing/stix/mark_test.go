package stix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// said prints what markings say.
func said(h stix.Handling) string {
	out := []string{"-", "-"}
	if h.TLP != nil {
		out[0] = h.TLP.String()
	}
	if h.PAP != nil {
		out[1] = h.PAP.String()
	}
	return strings.Join(append(out, append(h.Statements, h.Others...)...), " ")
}

func TestPublishedMarkingsAreReadAsWritten(t *testing.T) {
	for _, l := range tlp.Labels() {
		m := stix.MarkTLP(l)
		tool := &stix.Tool{Tail: stix.Tail{Markings: []string{m.ID}}}
		if got := said(stix.Markings{}.Of(tool)); m.ID != stix.RefTLP(l) || got != l.String()+" -" || m.Name != l.String() {
			t.Errorf("%s: %s, named %s", l, got, m.Name)
		}
	}
	for _, p := range []tlp.PAP{tlp.PAPClear, tlp.PAPGreen, tlp.PAPAmber, tlp.PAPRed} {
		m := stix.MarkPAP(p)
		tool := &stix.Tool{Tail: stix.Tail{Markings: []string{m.ID}}}
		if got := said(stix.Markings{}.Of(tool)); m.ID != stix.RefPAP(p) || got != "- "+p.String() {
			t.Errorf("%s: %s", p, got)
		}
	}
	if stix.RefTLP(99) != stix.RefTLP(tlp.Red) || stix.RefPAP(99) != stix.RefPAP(tlp.PAPRed) {
		t.Error("what is no label is not the strictest")
	}
}

func TestHandling(t *testing.T) {
	mark := func(n int, more string) string {
		return fmt.Sprintf(`{"type":"marking-definition","spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z",%s}`, id("marking-definition", n), more)
	}
	own := []string{
		mark(1, `"definition_type":"statement","definition":{"statement":"ask us"}`),
		mark(2, `"definition_type":"tlp","definition":{"tlp":"red"}`),
		mark(3, `"name":"x","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"amber+strict"}}`),
		mark(4, `"name":"x","extensions":{"extension-definition--00000000-0000-4000-8000-000000000001":{"extension_type":"property-extension","iep":1}}`),
		mark(5, `"definition_type":"tlp","definition":{"tlp":"mauve"}`),
		mark(6, `"definition_type":"tlp","definition":"amber"`),
	}
	const white1, amber1, papWhite = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730"
	n := func(i int) string { return id("marking-definition", i) }
	tests := []struct {
		name     string
		of, part []string
		want     string
	}{
		{"nothing", nil, nil, "- -"},
		{"TLP 1 white", []string{white1}, nil, "TLP:CLEAR -"},
		{"PAP white", []string{papWhite}, nil, "- PAP:CLEAR"},
		{"the strictest", []string{white1, stix.RefTLP(tlp.AmberStrict), amber1}, nil, "TLP:AMBER+STRICT -"},
		{"a part that is stricter", []string{white1}, []string{stix.RefTLP(tlp.Red)}, "TLP:RED -"},
		{"a part that is not", []string{amber1}, []string{white1}, "TLP:AMBER -"},
		{"TLP and PAP", []string{amber1, stix.RefPAP(tlp.PAPRed), stix.RefPAP(tlp.PAPGreen)}, nil, "TLP:AMBER PAP:RED"},
		{"a statement", []string{n(1)}, nil, "- - ask us"},
		{"a TLP of somebody's own", []string{n(2)}, nil, "TLP:RED -"},
		{"a TLP 2 of somebody's own", []string{n(3), white1}, nil, "TLP:AMBER+STRICT -"},
		{"what nobody here understands", []string{n(4), n(5), n(6), n(9)}, nil, "- - " + n(4) + " " + n(5) + " " + n(6) + " " + n(9)},
	}
	objects, bad, err := stix.Parse(strings.NewReader(bundle(own...)), limits())
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	marks := stix.MarkingsOf(objects)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &stix.Tool{Tail: stix.Tail{Markings: tt.of}}
			if tt.part != nil {
				b.GranularMarkings = []stix.GranularMarking{{Lang: "en"}, {Marking: tt.part[0], Selectors: []string{"name"}}}
			}
			if got := said(marks.Of(b)); got != tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// What the standard asks of each type, beyond the names of properties.
func TestWhatMustHold(t *testing.T) {
	sco := func(typ, more string) string {
		return fmt.Sprintf(`{"type":%q,"id":%q,%s}`, typ, id(typ, 1), more)
	}
	ip := id("ipv4-addr", 1)
	tests := []struct{ name, text, want string }{
		{"a marking that says nothing", `{"type":"marking-definition","spec_version":"2.1","id":"` + id("marking-definition", 1) + `","created":"2026-01-01T00:00:00.000Z"}`, "missing"},
		{"a marking without its definition", `{"type":"marking-definition","spec_version":"2.1","id":"` + id("marking-definition", 1) + `","created":"2026-01-01T00:00:00.000Z","definition_type":"tlp"}`, "missing"},
		{"an empty pattern", sdo("indicator", 1, `,"pattern":"","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"`), "missing"},
		{"valid until before it is", sdo("indicator", 1, `,"pattern":"x","pattern_type":"stix","valid_from":"2026-01-02T00:00:00Z","valid_until":"2026-01-02T00:00:00Z"`), "bad-value"},
		{"half a position", sdo("location", 1, `,"latitude":1.5`), "missing"},
		{"no place", sdo("location", 1, `,"name":"x"`), "missing"},
		{"beyond the pole", sdo("location", 1, `,"latitude":91,"longitude":0`), "bad-value"},
		{"a family without a name", sdo("malware", 1, `,"is_family":true`), "missing"},
		{"observed nothing", sdo("observed-data", 1, `,"first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1`), "missing"},
		{"observed never", sdo("observed-data", 1, `,"first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":0,"object_refs":["`+ip+`"]`), "bad-value"},
		{"observed backwards", sdo("observed-data", 1, `,"first_observed":"2026-01-02T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"object_refs":["`+ip+`"]`), "bad-value"},
		{"related backwards", sdo("relationship", 1, `,"relationship_type":"uses","source_ref":"`+id("tool", 1)+`","target_ref":"`+id("tool", 2)+`","start_time":"2026-01-02T00:00:00Z","stop_time":"2026-01-01T00:00:00Z"`), "bad-value"},
		{"a sighting of an address", sdo("sighting", 1, `,"sighting_of_ref":"`+ip+`"`), "bad-ref"},
		{"seen less than never", sdo("sighting", 1, `,"sighting_of_ref":"`+id("tool", 1)+`","count":-1`), "bad-value"},
		{"an artifact of nothing", sco("artifact", `"mime_type":"a/b"`), "missing"},
		{"an artifact at a URL without hashes", sco("artifact", `"url":"https://a.example/"`), "missing"},
		{"an AS too high", sco("autonomous-system", `"number":4294967296`), "bad-value"},
		{"a file without anything", sco("file", `"size":1`), "missing"},
		{"a file of less than nothing", sco("file", `"name":"x","size":-1`), "bad-value"},
		{"traffic without protocols", sco("network-traffic", `"src_ref":"`+ip+`","protocols":[]`), "missing"},
		{"traffic without ends", sco("network-traffic", `"protocols":["tcp"]`), "missing"},
		{"active traffic that ended", sco("network-traffic", `"src_ref":"`+ip+`","protocols":["tcp"],"is_active":true,"end":"2026-01-01T00:00:00Z"`), "bad-value"},
		{"sure beyond all doubt", sdo("tool", 1, `,"name":"x","confidence":101`), "bad-value"},
		{"another version of STIX", strings.Replace(sdo("tool", 1, `,"name":"x"`), `"2.1"`, `"3.0"`, 1), "bad-value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objects, bad, err := stix.Parse(strings.NewReader(tt.text), limits())
			if got := taken(objects, bad); err != nil || got != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
