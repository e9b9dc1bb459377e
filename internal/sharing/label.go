package sharing

import (
	"encoding/json"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// knownMarkings are the labels of the Traffic Light Protocol as objects: of version 2.0 (FIRST's and OASIS's extension), and of version 1 in STIX 2.1 §7.2.1.4.
var knownMarkings = map[string]tlp.Label{
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": tlp.Clear,
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": tlp.Green,
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": tlp.Amber,
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": tlp.AmberStrict,
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": tlp.Red,
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": tlp.Clear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": tlp.Green,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": tlp.Amber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": tlp.Red,
}

// markings are the definitions that objects name and that are none of the known ones: their label, if they have one.
type markings map[string]definition

type definition struct {
	label tlp.Label
	says  bool // that it is a label
	more  bool // and something else
	pap   tlp.PAP
	iep   *iep.Policy
}

// markingsOf gathers definitions: those that come along, and those that are stored.
func markingsOf(tx *sqldb.Tx, list []Object) (markings, error) {
	m := markings{}
	var ask []string
	asked := map[string]bool{}
	for i := range list {
		if list[i].Type == "marking-definition" {
			m[list[i].ID] = define(list[i].Raw)
		}
	}
	for i := range list {
		for _, name := range list[i].Markings {
			_, known := knownMarkings[name]
			_, here := m[name]
			if !known && !here && !asked[name] && len(name) < 300 {
				asked[name] = true
				ask = append(ask, name)
			}
		}
	}
	err := eachIn(tx, `SELECT object_id, raw FROM sharing_object WHERE object_id IN`, ask, func(scan func(...any) error) error {
		var name string
		var raw []byte
		err := scan(&name, &raw)
		m[name] = define(raw)
		return err
	})
	return m, err
}

// define reads what a marking definition says.
func define(raw []byte) definition {
	d := defineLabel(raw)
	h, ok := stix.HandlingOf(raw)
	if !ok {
		return d
	}
	if h.PAP != nil {
		d.pap = *h.PAP
	}
	if d.iep = h.IEP; d.iep != nil {
		d.label, d.says, d.more = tlp.Strictest(d.label, d.iep.TLP), d.says || d.iep.TLP > tlp.Clear, true
	}
	return d
}

// permits is what an object is marked with beside its label.
func (m markings) permits(o *Object) (tlp.PAP, *iep.Policy) {
	pap, policy := o.PAP, o.IEP
	for _, name := range o.Markings {
		pap, policy = max(pap, m[name].pap, stix.PublishedPAP(name)), iep.Stricter(policy, m[name].iep)
	}
	return pap, policy
}

// defineLabel reads what label a marking definition says, in the form of STIX 2.0 and 2.1 or in that of the extension for TLP 2.0.
func defineLabel(raw []byte) definition {
	var d struct {
		Definition map[string]any `json:"definition"`
		Extensions map[string]struct {
			TLP string `json:"tlp_2_0"`
		} `json:"extensions"`
	}
	if json.Unmarshal(raw, &d) != nil {
		return definition{}
	}
	text, _ := d.Definition["tlp"].(string)
	more := len(d.Definition) > 1 || text == "" && len(d.Definition) > 0 || len(d.Extensions) > 1
	for _, e := range d.Extensions {
		if e.TLP != "" {
			text = e.TLP
		}
	}
	if text == "" {
		return definition{}
	}
	label, _ := tlp.Parse(text) // one that nobody knows is the strictest
	return definition{label: label, says: true, more: more}
}

// label is the strictest that an object is marked with, or other if it is marked with none; unknown is a marking that nobody knows.
func (m markings) label(o *Object, other tlp.Label) (label tlp.Label, unknown string) {
	found := o.Label != nil
	if found {
		label = *o.Label
	}
	for _, name := range o.Markings {
		l, says := knownMarkings[name]
		if !says {
			d, here := m[name]
			if !here {
				return tlp.Red, name
			}
			l, says = d.label, d.says
		}
		if says {
			label, found = tlp.Strictest(label, l), true
		}
	}
	if !found {
		return other, ""
	}
	return label, ""
}
