package fold

import (
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
)

// fieldTLP is the label that an event carries itself, beside event.FieldPAP and event.FieldIEP.
const fieldTLP = "tlp"

// Own is what an event says itself of who may have it and what may be done with it; the zero Own is nothing.
type Own struct {
	Label tlp.Label // that of its policy too
	PAP   tlp.PAP   // likewise
	IEP   iep.Code
}

// OwnOf reads what an event says itself, as its fields tlp, event.FieldPAP and event.FieldIEP have it. What cannot be read is the strictest.
func OwnOf(label, pap, policy string) Own { return own(labelOf(label), papOf(pap), iep.Told(policy)) }

// own is what a label, a PAP and a policy ask for together.
func own(label tlp.Label, pap tlp.PAP, policy *iep.Policy) Own {
	if policy == nil {
		return Own{Label: label, PAP: pap}
	}
	return Own{max(label, policy.TLP), max(pap, policy.PAP()), policy.Code()}
}

func labelOf(text string) (label tlp.Label) {
	if text != "" {
		label, _ = tlp.Parse(text) // what is no label is Red
	}
	return label
}

func papOf(text string) (pap tlp.PAP) {
	if text != "" {
		pap, _ = tlp.ParsePAP(text) // what is no label is PAPRed
	}
	return pap
}

// ownView is what the rows of a batch say themselves.
type ownView struct {
	label, pap, policy numbers
	labels             []tlp.Label // by label
	paps               []tlp.PAP
	policies           []*iep.Policy
}

func ownOf(b *event.Batch) (v ownView) {
	v.label, v.labels = each(b, fieldTLP, labelOf)
	v.pap, v.paps = each(b, event.FieldPAP, papOf)
	v.policy, v.policies = each(b, event.FieldIEP, iep.Told)
	return v
}

// each reads the texts of a column, by their numbers.
func each[T any](b *event.Batch, column string, read func(string) T) (numbers, []T) {
	n, texts := text(b, column)
	out := make([]T, len(texts)+1)
	for i, t := range texts {
		out[i+1] = read(t)
	}
	return n, out
}

// at is what a row says. A column with more texts than there are labels or policies says nothing that could be read: the strictest.
func (v *ownView) at(r int32) Own {
	label, pap, policy := v.label.at(r), v.pap.at(r), v.policy.at(r)
	if int(label) >= len(v.labels) || int(pap) >= len(v.paps) || int(policy) >= len(v.policies) {
		return OwnOf("?", "?", "?")
	}
	return own(v.labels[label], v.paps[pap], v.policies[policy])
}
