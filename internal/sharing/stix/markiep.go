package stix

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// extensionIEP says that a marking is a policy of IEP 2.0, as the OASIS committee's common objects have it.
const extensionIEP = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"

// RefIEP gives the id of the marking of a policy: the same policy has the same one, whoever writes it.
func RefIEP(p *iep.Policy) string {
	sum := sha256.Sum256([]byte("iep " + p.String()))
	return IDFrom("marking-definition", [16]byte(sum[:16]))
}

// iepSince is when markings of policies that name no start say that they were made.
var iepSince = time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC)

// MarkIEP makes the marking of a policy. The extension asks for each statement, so that what the policy does not say is written as what that means.
func MarkIEP(p *iep.Policy) *MarkingDefinition {
	said := map[string]string{
		"extension_type": "property-extension", "iep_version": "2.0", "encrypt_in_transit": "may", "permitted_actions": "externally-visible-direct-actions",
		"affected_party_notifications": "may", "attribution": "may", "unmodified_resale": "may",
	}
	for name, value := range p.Statements() {
		said[name] = value
	}
	said["provider_attribution"] = said["attribution"] // as the extension calls it
	delete(said, "attribution")
	text, _ := json.Marshal(said, json.Deterministic(true)) // a map of texts cannot fail
	at := iepSince
	if !p.Start.IsZero() {
		at = p.Start
	}
	m := &MarkingDefinition{Name: "IEP 2.0"}
	if p.Name != "" {
		m.Name = p.Name
	}
	m.Head = Head{Type: "marking-definition", SpecVersion: SpecVersion, ID: RefIEP(p), Created: At(at)}
	m.Extensions = map[string]jsontext.Value{extensionIEP: text}
	return m
}

// adhere takes another policy; what both let counts.
func (h *Handling) adhere(p *iep.Policy) {
	if p == nil {
		return
	}
	h.IEP = iep.Stricter(h.IEP, p)
	if p.TLP > tlp.Clear {
		h.tighten(p.TLP)
	}
}

// saysIEP reads a policy: of the extension, or in the definition, where it stood before there was one, and where some put it under its name.
func (o *MarkingDefinition) saysIEP(h *Handling) bool {
	texts := []jsontext.Value{o.Extensions[extensionIEP]}
	if word := strings.ToLower(o.DefinitionType); strings.HasPrefix(word, "iep") || word == "" {
		var under map[string]jsontext.Value
		texts = append(texts, o.Definition)
		if json.Unmarshal(o.Definition, &under) == nil {
			texts = append(texts, under["iep"], under["IEP"])
		}
	}
	for _, raw := range texts {
		if len(raw) == 0 {
			continue
		}
		if p, ok := iep.Read(raw); ok {
			h.adhere(p)
			return true
		}
	}
	return false
}

// labels in words, as statements and names of markings have them: "PAP:AMBER".
var (
	wordPAP = regexp.MustCompile(`(?i)\bPAP[:= ]\s*(CLEAR|WHITE|GREEN|AMBER|RED)\b`)
	wordTLP = regexp.MustCompile(`(?i)\bTLP[:= ]\s*(CLEAR|WHITE|GREEN|AMBER\s?\+\s?STRICT|AMBER|RED)`)
)

// inWords takes the labels that a text names. That of TLP:WHITE or TLP:CLEAR makes nothing stricter, and says nothing else.
func (h *Handling) inWords(text string) (some bool) {
	for _, found := range wordPAP.FindAllStringSubmatch(text, -1) {
		if p, err := tlp.ParsePAP(found[1]); err == nil {
			h.tightenPAP(p)
			some = true
		}
	}
	for _, found := range wordTLP.FindAllStringSubmatch(text, -1) {
		if l, err := tlp.Parse(strings.ReplaceAll(found[1], " ", "")); err == nil {
			h.tighten(l)
			some = true
		}
	}
	return some
}

// saysPAP reads a label of PAP where others put it: in a definition of the type PAP, whatever the case of its property, or as the name of such a marking.
func (o *MarkingDefinition) saysPAP(h *Handling) bool {
	if !strings.EqualFold(o.DefinitionType, "pap") && !strings.HasPrefix(strings.ToUpper(o.Name), "PAP") {
		return false
	}
	var said map[string]any
	if json.Unmarshal(o.Definition, &said) == nil {
		for name, value := range said {
			text, _ := value.(string)
			if p, err := tlp.ParsePAP(text); err == nil && strings.EqualFold(name, "pap") {
				h.tightenPAP(p)
				return true
			}
		}
	}
	p, err := tlp.ParsePAP(o.Name)
	if err == nil {
		h.tightenPAP(p)
	}
	return err == nil
}

// PublishedPAP gives the label of a published marking of PAP, and PAP:CLEAR for the id of anything else.
func PublishedPAP(id string) tlp.PAP {
	for p, m := range marksPAP {
		if m.id == id {
			return tlp.PAP(p) //nolint:gosec // an index below four
		}
	}
	return tlp.PAPClear
}

// HandlingOf reads what a marking definition says by itself; false if nothing in it is understood.
func HandlingOf(raw []byte) (h Handling, ok bool) {
	var m MarkingDefinition
	if json.Unmarshal(raw, &m) != nil {
		return h, false
	}
	ok = m.says(&h)
	return h, ok
}
