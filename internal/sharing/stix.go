package sharing

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// Codes of package stix that have a name of their own here.
var stixCodes = map[stix.Code]string{
	stix.TooLarge: CodeTooLarge, stix.Future: CodeFuture, stix.Collision: CodeCollision, stix.UnknownMarking: CodeMarking,
}

// STIX is a Decode that holds each object to what STIX asks of its type. What is not modelled is kept as it came.
func STIX(limits stix.Limits) Decode {
	limits.Twice = true                                // a status counts what stood in the envelope
	limits.Marking = func(string) bool { return true } // whether it is stored is looked at when the object is put into a collection
	return func(r io.Reader) ([]Object, []Rejected, error) {
		list, bad, err := stix.Parse(r, limits)
		if err != nil {
			return nil, nil, err
		}
		out := make([]Object, 0, len(list))
		known := stix.MarkingsOf(list)
		var rejected []Rejected
		for i := range list {
			o, no := fromSTIX(&list[i], known)
			if no != nil {
				rejected = append(rejected, *no)
				continue
			}
			out = append(out, o)
		}
		for _, no := range bad {
			code, detail := stixCodes[no.Code], no.Reason
			if code == "" { // one of the many ways to be malformed: which of them stands before the reason
				code, detail = CodeMalformed, string(no.Code)+": "+no.Reason
			}
			rejected = append(rejected, Rejected{ID: no.ID, Code: code, Detail: detail, Raw: clip(no.Raw)})
		}
		return out, rejected, nil
	}
}

func fromSTIX(o *stix.Object, known stix.Markings) (Object, *Rejected) {
	var raw bytes.Buffer
	if err := json.Compact(&raw, o.Raw); err != nil {
		return Object{}, &Rejected{ID: o.ID, Code: CodeMalformed, Detail: err.Error(), Raw: clip(o.Raw)}
	}
	head, _ := o.Body.Common()
	h := known.Of(o.Body)
	out := Object{
		ID: o.ID, Type: o.Type, SpecVersion: o.SpecVersion, Created: o.Created, Modified: o.Modified, CreatedBy: head.CreatedBy,
		Markings: h.Others, Label: h.TLP, IEP: h.IEP, Raw: raw.Bytes(),
	}
	if h.PAP != nil {
		out.PAP = *h.PAP
	}
	return out, nil
}
