package countermeasure

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
)

// xarfVersion is the version of X-ARF that the reports follow (https://xarf.org/schemas/v4).
const xarfVersion = "4.2.0"

// contact is who reports, in X-ARF's words.
type contact struct {
	Org     string `json:"org"`
	Contact string `json:"contact"`
	Domain  string `json:"domain"`
}

// report is a document of X-ARF. Members beyond the common ones depend on category and type.
type report struct {
	Version     string   `json:"xarf_version"`
	ID          string   `json:"report_id"`
	Timestamp   string   `json:"timestamp"`
	Reporter    contact  `json:"reporter"`
	Sender      contact  `json:"sender"`
	Source      string   `json:"source_identifier"`
	Category    string   `json:"category"`
	Type        string   `json:"type"`
	URL         string   `json:"url,omitempty"`
	Domain      string   `json:"domain,omitempty"`
	Fraud       string   `json:"fraud_type,omitempty"`
	Compromise  string   `json:"compromise_type,omitempty"`
	Evidence    string   `json:"compromise_evidence,omitempty"`
	Method      string   `json:"compromise_method,omitempty"`
	Protocol    string   `json:"protocol,omitempty"`
	Threat      string   `json:"threat_type,omitempty"`
	Description string   `json:"description,omitempty"`
	Ticket      string   `json:"firehall_ticket"`
	Request     Kind     `json:"firehall_request"`
	Tags        []string `json:"tags"`
	IEP         []string `json:"firehall_iep,omitempty"`
}

// under is how what a party gets is to be handled.
type under struct {
	label    tlp.Label
	handling release.Handling
}

// xarf makes the report for machines of a message; "" where the team has no mail address to name.
func (s *Service) xarf(r *record, message string, at time.Time, how under) string {
	us, ok := reporter(s.o.Team)
	if !ok {
		return ""
	}
	doc := report{
		Version: xarfVersion, ID: uuid(message), Timestamp: at.UTC().Format(time.RFC3339), Reporter: us, Sender: us, Source: r.Asset.source(),
		Description: clip(line(wordings[English].uses[r.Abuse]+": "+Defang(r.Asset.Value)), 1000), Ticket: r.Ref, Request: r.Kind,
	}
	doc.Tags, doc.IEP = how.handling.XARF(how.label)
	doc.classify(r.Asset, r.Abuse)
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return "" // texts only: cannot fail
	}
	return string(text) + "\n"
}

func reporter(t Team) (contact, bool) {
	a, err := mail.ParseAddress(t.Email)
	if err != nil || t.Name == "" {
		return contact{}, false
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	return contact{Org: clip(t.Name, 200), Contact: a.Address, Domain: domain}, true
}

// source is what the report is about: an address where one is known, else a name.
func (a Asset) source() string {
	if a.Seen != "" {
		return a.Seen
	}
	if u, err := url.Parse(a.Value); err == nil && a.Kind == URL {
		return clip(u.Hostname(), 253)
	}
	if _, domain, ok := strings.Cut(a.Value, "@"); ok && a.Kind == Mailbox {
		return clip(domain, 253)
	}
	return clip(a.Value, 253)
}

// classify chooses category and type by what the asset is and is used for, and only such as have all that their schema demands; a threat in general
// otherwise.
func (d *report) classify(a Asset, use Abuse) {
	switch a.Kind {
	case URL, Domain:
		d.content(a, use)
	case Address:
		d.Category, d.Type, d.Method = "infrastructure", "compromised_server", "unknown; used for "+wordings[English].uses[use]
		if use == Control {
			d.Type, d.Evidence, d.Method = "botnet", "it was seen to control malware", ""
		}
	case Mailbox:
		d.Category, d.Type, d.Protocol = "messaging", "spam", "other" // smtp demands the sender of one message
	}
	if d.Category == "" {
		d.Category, d.Type, d.Threat = "reputation", "threat_intelligence", string(use)
	}
}

// contents are the types of the category content.
var contents = map[Abuse]string{Phishing: "phishing", Malware: "malware", Fraud: "fraud", Compromise: "remote_compromise"}

func (d *report) content(a Asset, use Abuse) {
	kind, ok := contents[use]
	if !ok {
		return
	}
	d.Category, d.Type, d.URL = "content", kind, uri(a.Value)
	if a.Kind == Domain {
		d.URL, d.Domain = "http://"+a.Value+"/", a.Value
	}
	switch use {
	case Fraud:
		d.Fraud = "other"
	case Compromise:
		d.Compromise = "other"
	}
}

// uuid names a report in the form that the schema asks for; of one message it is always the same.
func uuid(message string) string {
	h := sha256.Sum256([]byte("countermeasure\x00" + message))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// uri writes a URL as RFC 3986 has it.
func uri(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	return u.String()
}
