package message

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event"
)

// payloadDoc is the letter as webhooks get it. Values are as they came, in JSON's own escapes.
type payloadDoc struct {
	Type         string           `json:"type"` // for the standard's routing: what kind of message this is
	Timestamp    string           `json:"timestamp"`
	Ticket       string           `json:"ticket,omitempty"`
	Label        string           `json:"label"`
	Subject      string           `json:"subject"`
	Organisation string           `json:"organisation"`
	Team         payloadTeam      `json:"team"`
	Part         int              `json:"part"`
	Parts        int              `json:"parts"`
	Reminder     bool             `json:"reminder"`
	Findings     int64            `json:"findings"`
	Events       int64            `json:"events"`
	Attributions []string         `json:"attributions,omitempty"`
	Sections     []payloadSection `json:"sections"`
	CSV          *payloadFile     `json:"csv,omitempty"` // of a large letter: its observations, instead of the lists of the sections
}

type payloadFile struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Data      []byte `json:"data"` // base64
}

type payloadTeam struct {
	Name    string `json:"name"`
	Email   string `json:"email,omitempty"`
	ReplyTo string `json:"reply_to,omitempty"`
	Web     string `json:"web,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

type payloadSection struct {
	Type       string           `json:"classification.type"`
	Taxonomy   string           `json:"classification.taxonomy,omitempty"`
	Identifier string           `json:"classification.identifier,omitempty"`
	Malware    string           `json:"malware.name,omitempty"`
	Report     string           `json:"feed.report,omitempty"`
	Standing   string           `json:"standing"`
	Reminder   bool             `json:"reminder"`
	Findings   int64            `json:"findings"`
	Events     int64            `json:"events"`
	List       []payloadFinding `json:"list"`
}

type payloadFinding struct {
	Finding string              `json:"finding"`
	Network string              `json:"network,omitempty"`
	First   string              `json:"first_seen,omitempty"`
	Last    string              `json:"last_seen,omitempty"`
	Count   int64               `json:"count,omitempty"`
	Events  []map[string]string `json:"events"`
}

// maxListed is how many observations the payload lists one by one.
const maxListed = 5000

// payload writes the letter for webhooks, findings in the order of their first rows. Where that would be larger than a message may be, the
// table stands for the lists.
func (r *Renderer) payload(l Letter, title string, table delivery.Attachment) ([]byte, error) {
	doc := document(l, title)
	if rows(l) <= maxListed {
		for i, s := range l.Sections {
			doc.Sections[i].List = listed(s)
		}
		out, err := written(doc)
		if err != nil || int64(len(out)) <= r.o.PartSize {
			return out, err
		}
		for i := range doc.Sections {
			doc.Sections[i].List = []payloadFinding{}
		}
	}
	doc.CSV = &payloadFile{table.Name, table.MediaType, table.Data}
	return written(doc)
}

// document is the payload without its observations.
func document(l Letter, title string) payloadDoc {
	doc := payloadDoc{
		Type: "firehall.notification", Timestamp: rfc3339(l.Made), Ticket: tag(l.Ticket), Label: l.Label.String(), Subject: title,
		Organisation: clip(l.Organisation, maxCell), Team: payloadTeam{l.Team.Name, l.Team.Email, l.Team.ReplyTo, l.Team.Web, l.Team.Phone},
		Part: max(1, l.Part), Parts: max(1, l.Parts), Reminder: l.Reminder, Findings: l.Findings, Events: l.Events, Attributions: clipped(l.Attributions),
		Sections: make([]payloadSection, len(l.Sections)),
	}
	for i, s := range l.Sections {
		doc.Sections[i] = payloadSection{
			Type: clip(s.Type, maxCell), Taxonomy: string(rsit.Type(s.Type).Class()), Identifier: clip(s.Identifier, maxCell), Malware: clip(s.Malware, maxCell), Report: clip(s.Report, maxCell),
			Standing: cmp.Or(s.Standing, Responsible), Reminder: s.Reminder, Findings: s.Findings, Events: s.Events, List: []payloadFinding{},
		}
	}
	return doc
}

func written(doc payloadDoc) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, problem.Wrap(problem.Internal, err, "the letter cannot be written as JSON: %s", err)
	}
	return seen(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

func listed(s Section) []payloadFinding {
	out := []payloadFinding{}
	at := make(map[string]int, min(len(s.Rows), 1024))
	for _, w := range s.Rows {
		i, known := at[w.Finding]
		if !known {
			i = len(out)
			at[w.Finding] = i
			f := payloadFinding{Finding: clip(w.Finding, maxCell), Network: clip(w.Network, maxCell), Count: w.Count}
			if !w.First.IsZero() {
				f.First = rfc3339(w.First)
			}
			if !w.Last.IsZero() {
				f.Last = rfc3339(w.Last)
			}
			out = append(out, f)
		}
		out[i].Events = append(out[i].Events, valued(s, w))
	}
	return out
}

// valued is the row's event without what has no value, and long values cut as in the CSV.
func valued(s Section, w Row) map[string]string {
	f := fields(s, w)
	own := false // f is the letter's: it is copied before it is changed
	change := func() {
		if !own {
			f, own = maps.Clone(f), true
		}
	}
	for k, v := range f {
		switch short := clip(v, maxCell); {
		case v == "":
			change()
			delete(f, k)
		case len(short) < len(v):
			change()
			f[k] = short
		}
	}
	if _, ok := f[event.FieldTime]; !ok && !w.at().IsZero() {
		change()
		f[event.FieldTime] = rfc3339(w.at())
	}
	return f
}

func clipped(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = clip(s, maxCell)
	}
	return out
}
