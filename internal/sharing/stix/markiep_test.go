package stix_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// A policy that goes out comes back as it was, under the same id.
func TestPolicyRoundTrip(t *testing.T) {
	p := &iep.Policy{
		ID: "0224bfdf", Name: "Ours", Encrypt: true, Actions: iep.InternalAction, NoNotify: true, TLP: tlp.Amber, Attribution: iep.MustNotAttribute, Obfuscate: true,
		NoResale: true, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Reference: "https://example.org/p",
	}
	raw, err := stix.Marshal(stix.MarkIEP(p))
	if err != nil {
		t.Fatal(err)
	}
	h, ok := stix.HandlingOf(raw)
	if diff := cmp.Diff(p, h.IEP); !ok || diff != "" || h.TLP == nil || *h.TLP != tlp.Amber {
		t.Errorf("%v %s\n%s", ok, diff, raw)
	}
	other := *p
	other.Encrypt = false
	if stix.RefIEP(p) == stix.RefIEP(&other) || stix.MarkIEP(p).ID != stix.RefIEP(p) {
		t.Error("the id does not stand for the policy")
	}
	if err := stix.Check(stix.MarkIEP(&iep.Policy{})); err != nil {
		t.Error(err)
	}
}

// How others mark PAP and policies.
func TestMarkingsOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		pap  tlp.PAP
		iep  *iep.Policy
		tlp  tlp.Label
	}{
		"a statement":       {`"definition_type":"statement","definition":{"statement":"Handle as PAP:AMBER and TLP:GREEN, please"}`, tlp.PAPAmber, nil, tlp.Green},
		"a definition":      {`"definition_type":"PAP","name":"PAP:RED","definition":{"PAP":"PAP:RED"}`, tlp.PAPRed, nil, tlp.Clear},
		"a name":            {`"definition_type":"pap","name":"PAP:GREEN","definition":{}`, tlp.PAPGreen, nil, tlp.Clear},
		"an IEP definition": {`"definition_type":"iep","definition":{"permitted_actions":"none","tlp":"red"}`, tlp.PAPClear, &iep.Policy{Actions: iep.NoAction, TLP: tlp.Red}, tlp.Red},
		"an IEP within":     {`"definition_type":"iep-2.0","definition":{"iep":{"encrypt_in_transit":"must"}}`, tlp.PAPClear, &iep.Policy{Encrypt: true}, tlp.Clear},
	} {
		h, ok := stix.HandlingOf([]byte(`{"type":"marking-definition","spec_version":"2.1","id":"` + id("marking-definition", 1) + `","created":"2026-01-01T00:00:00.000Z",` + c.text + `}`))
		var pap tlp.PAP
		var label tlp.Label
		if h.PAP != nil {
			pap = *h.PAP
		}
		if h.TLP != nil {
			label = *h.TLP
		}
		if !ok || pap != c.pap || label != c.tlp || !cmp.Equal(h.IEP, c.iep) {
			t.Errorf("%s: %v %s %s %+v", name, ok, pap, label, h.IEP)
		}
	}
}
