package stix

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Extensions that say how an object is marked: TLP 2.0 and PAP, as the OASIS committee's common objects have them.
const (
	extensionTLP = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	extensionPAP = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
)

// labelled is a published marking.
type labelled struct {
	id, created string
	word        string // as the extension has it
}

// marksTLP are the markings of TLP 2.0, by label.
var marksTLP = [...]labelled{
	tlp.Clear:       {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "2022-10-01", "clear"},
	tlp.Green:       {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "2022-10-01", "green"},
	tlp.Amber:       {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "2022-10-01", "amber"},
	tlp.AmberStrict: {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "2022-10-01", "amber+strict"},
	tlp.Red:         {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "2022-10-01", "red"},
}

// marksPAP are the markings of PAP, by label.
var marksPAP = [...]labelled{
	tlp.PAPClear: {"marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92", "2022-10-01", "clear"},
	tlp.PAPGreen: {"marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9", "2022-10-09", "green"},
	tlp.PAPAmber: {"marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab", "2022-10-02", "amber"},
	tlp.PAPRed:   {"marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e", "2022-10-06", "red"},
}

// papWhite is what PAP:CLEAR was called before.
const papWhite = "marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730"

// marks1 are the markings of TLP 1.0, which the standard itself has (section 7.2.1.4). They are read, and never written.
var marks1 = map[string]tlp.Label{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": tlp.Clear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": tlp.Green,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": tlp.Amber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": tlp.Red,
}

// published are the markings that everybody knows.
var published = func() map[string]bool {
	out := map[string]bool{papWhite: true}
	for _, m := range marksTLP {
		out[m.id] = true
	}
	for _, m := range marksPAP {
		out[m.id] = true
	}
	for id := range marks1 {
		out[id] = true
	}
	return out
}()

// RefTLP gives the id of the marking of a TLP 2.0 label. What is no label is TLP:RED.
func RefTLP(l tlp.Label) string { return marksTLP[min(l, tlp.Red)].id }

// RefPAP gives the id of the marking of a PAP label. What is no label is PAP:RED.
func RefPAP(p tlp.PAP) string { return marksPAP[min(p, tlp.PAPRed)].id }

// MarkTLP makes the marking of a TLP 2.0 label, as it is published.
func MarkTLP(l tlp.Label) *MarkingDefinition {
	l = min(l, tlp.Red)
	return marksTLP[l].body(l.String(), extensionTLP, "tlp_2_0")
}

// MarkPAP makes the marking of a PAP label, as it is published.
func MarkPAP(p tlp.PAP) *MarkingDefinition {
	p = min(p, tlp.PAPRed)
	return marksPAP[p].body(p.String(), extensionPAP, "pap")
}

func (l labelled) body(name, extension, property string) *MarkingDefinition {
	created, _ := time.Parse(time.DateOnly, l.created)
	m := &MarkingDefinition{Name: name}
	m.Head = Head{Type: "marking-definition", SpecVersion: SpecVersion, ID: l.id, Created: At(created)}
	m.Extensions = map[string]jsontext.Value{extension: jsontext.Value(`{"extension_type":"property-extension","` + property + `":"` + l.word + `"}`)}
	return m
}

// Handling is what markings say may be done with an object.
type Handling struct {
	TLP        *tlp.Label // the strictest; nil: none says
	PAP        *tlp.PAP
	IEP        *iep.Policy // what else the source lets be done
	Statements []string    // in words, for people
	Others     []string    // ids of markings that are known and not understood: whoever respects them must be a person
}

// tighten takes another label; the strictest counts.
func (h *Handling) tighten(l tlp.Label) {
	if h.TLP == nil || l > *h.TLP {
		h.TLP = &l
	}
}

func (h *Handling) tightenPAP(p tlp.PAP) {
	if h.PAP == nil || p > *h.PAP {
		h.PAP = &p
	}
}

// Tighten takes what another handling says too; the strictest of each counts.
func (h *Handling) Tighten(other Handling) {
	if other.TLP != nil {
		h.tighten(*other.TLP)
	}
	if other.PAP != nil {
		h.tightenPAP(*other.PAP)
	}
	h.adhere(other.IEP)
	h.Statements = append(h.Statements, other.Statements...)
	h.Others = append(h.Others, other.Others...)
}

// Markings are the markings that came in, by id.
type Markings map[string]*MarkingDefinition

// MarkingsOf collects the markings of what came in.
func MarkingsOf(objects []Object) Markings {
	out := Markings{}
	for i := range objects {
		if m, ok := objects[i].Body.(*MarkingDefinition); ok {
			out[m.ID] = m
		}
	}
	return out
}

// Of says how an object is to be handled. A part marked more strictly makes all of it so: we do not take objects apart.
func (m Markings) Of(b Body) Handling {
	var h Handling
	_, t := b.Common()
	for _, id := range t.Markings {
		m.read(&h, id)
	}
	for _, g := range t.GranularMarkings {
		if g.Marking != "" {
			m.read(&h, g.Marking)
		}
	}
	return h
}

// read adds what one marking says.
func (m Markings) read(h *Handling, id string) {
	for l, x := range marksTLP {
		if x.id == id {
			h.tighten(tlp.Label(l)) //nolint:gosec // an index below five
			return
		}
	}
	for p, x := range marksPAP {
		if x.id == id {
			h.tightenPAP(tlp.PAP(p)) //nolint:gosec // an index below four
			return
		}
	}
	if l, ok := marks1[id]; ok {
		h.tighten(l)
	} else if id == papWhite {
		h.tightenPAP(tlp.PAPClear)
	} else if x := m[id]; x == nil || !x.says(h) {
		h.Others = append(h.Others, id)
	}
}

// said is what a marking of somebody's own may say.
type said struct {
	TLP       string `json:"tlp"`
	TLP2      string `json:"tlp_2_0"`
	PAP       string `json:"pap"`
	Statement string `json:"statement"`
}

// says reads a marking by its content; false if nothing in it is understood.
func (o *MarkingDefinition) says(h *Handling) bool {
	understood := false
	texts := []jsontext.Value{o.Definition, o.Extensions[extensionTLP], o.Extensions[extensionPAP]}
	for _, raw := range texts {
		var s said
		if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
			continue
		}
		for _, word := range []string{s.TLP, s.TLP2} {
			if l, err := tlp.Parse(word); err == nil {
				h.tighten(l)
				understood = true
			}
		}
		if p, err := tlp.ParsePAP(s.PAP); err == nil {
			h.tightenPAP(p)
			understood = true
		}
		if text := strings.TrimSpace(s.Statement); text != "" {
			h.Statements = append(h.Statements, text)
			h.inWords(text)
			understood = true
		}
	}
	policy, permitted := o.saysIEP(h), o.saysPAP(h)
	return understood || policy || permitted
}

// forged says whether a marking claims a published id and says something else.
func forged(o *Object) *fault {
	m, ok := o.Body.(*MarkingDefinition)
	if !ok || !published[o.ID] {
		return nil
	}
	var want, got Handling
	Markings{}.read(&want, o.ID)
	if m.says(&got) && sameLabels(want, got) {
		return nil
	}
	return faulty(Collision, "it claims the id of a published marking and says something else")
}

func sameLabels(a, b Handling) bool {
	return equal(a.TLP, b.TLP) && equal(a.PAP, b.PAP)
}

func equal[T comparable](a, b *T) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
