package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/mime"
)

// draft makes of a mail what the room of reports takes. It stays within that room's limits: the whole is in Raw.
func draft(m *mime.Message, a Arrival) incident.Draft {
	d := incident.Draft{
		Door: incident.Mail, Key: m.Digest(), Subject: cut(m.Subject, incident.MaxSubject), Text: m.Text, Reporter: reporter(m),
		TLP: label(m.Subject), Machine: machine(m), Thread: thread(m), Trust: trust(m), Raw: bytes.NewReader(a.Raw),
	}
	d.Answers.PAP, d.Answers.IEP = permits(m.Subject), policy(m)
	if len(d.Text) > incident.MaxText {
		d.Text = cut(d.Text, incident.MaxText)
		d.Trust.Faults = append(d.Trust.Faults, string(mime.TextTooLong))
	}
	if m.Feedback != nil && m.Feedback.Abhorrent {
		d.Answers.Children = true // and nothing of it but the place: no text, no files
		d.Subject, d.Text = "A report about the abuse of children", place(m.Feedback)
		return d
	}
	for _, p := range m.Parts[:min(len(m.Parts), incident.MaxFiles)] {
		if p.Size <= incident.MaxFile {
			d.Files = append(d.Files, incident.File{Name: p.Name, MediaType: p.MediaType, Body: bytes.NewReader(p.Body)})
		}
	}
	return d
}

// place is all that is told of what must not be shown.
func place(f *mime.Feedback) string {
	lines := []string{"Reported as " + f.Type + ". Nothing of it is shown or passed on but where it is said to be:"}
	if f.SourceIP.IsValid() {
		lines = append(lines, f.SourceIP.String())
	}
	lines = append(append(lines, f.Domains...), f.URLs...)
	return cut(strings.Join(lines, "\n"), incident.MaxText)
}

// reporter is who the mail says wrote it, and what proves that.
func reporter(m *mime.Message) incident.Reporter {
	author, ok := m.Author()
	if !ok {
		if len(m.From) > 0 {
			return incident.Reporter{Name: cut(m.From[0].Name+" "+m.From[0].Address, incident.MaxField)}
		}
		return incident.Reporter{}
	}
	r := incident.Reporter{Name: cut(author.Name, incident.MaxField), Email: author.Address, Verified: verified(m)}
	if p, err := netmail.ParseAddress(r.Email); err != nil || p.Address != r.Email || len(r.Email) > 254 {
		return incident.Reporter{Name: cut(strings.TrimSpace(r.Name+" "+r.Email), incident.MaxField)}
	}
	if lang := m.Header.Get("Content-Language"); len(lang) < 20 {
		r.Language = strings.TrimSpace(lang)
	}
	return r
}

func verified(m *mime.Message) incident.Verified {
	switch {
	case m.Crypto.Authentic():
		return incident.Signed
	case m.Auth.Authentic():
		return incident.DMARC
	}
	return incident.Unverified
}

// labelled finds a TLP label in a subject.
var labelled = regexp.MustCompile(`(?i)\bTLP[:= ]{1,2}(RED|AMBER\+STRICT|AMBER|GREEN|CLEAR|WHITE)`)

// label is what a subject says, amber where it says nothing: only the source may relax it.
func label(subject string) tlp.Label {
	if found := labelled.FindStringSubmatch(subject); found != nil {
		if l, err := tlp.Parse(strings.ReplaceAll(strings.ToLower(found[1]), "white", "clear")); err == nil {
			return l
		}
	}
	return tlp.Amber
}

// permitted finds a PAP label in a subject.
var permitted = regexp.MustCompile(`(?i)\bPAP[:= ]{1,2}(RED|AMBER|GREEN|CLEAR|WHITE)\b`)

// permits is what a subject says may be done; everything where it says nothing.
func permits(subject string) (p tlp.PAP) {
	if found := permitted.FindStringSubmatch(subject); found != nil {
		p, _ = tlp.ParsePAP(found[1]) // one of the labels
	}
	return p
}

// policy is what a mail's subject and text let be done; nil where they say nothing.
func policy(m *mime.Message) *iep.Policy { return iep.InWords(m.Subject + "\n" + m.Text) }

// tag is the ref of a report, an incident or an investigation that our subjects carry: "[CERT R-7K2QX9]".
var tag = regexp.MustCompile(`\[(?:[^\[\]\r\n]{0,60} )?([RIV]-[0-9A-Z]{6})\]`)

func thread(m *mime.Message) incident.Thread {
	t := incident.Thread{MessageID: cut(m.MessageID, incident.MaxField)}
	for _, ref := range slices.Concat(m.References, m.InReplyTo) {
		if !slices.Contains(t.References, ref) {
			t.References = append(t.References, ref)
		}
	}
	if found := tag.FindStringSubmatch(strings.ToUpper(m.Subject)); found != nil {
		t.Tag = found[1]
	}
	return t
}

// trust says what is proved of a mail, and what is wrong with it, in codes.
func trust(m *mime.Message) incident.Trust {
	t := incident.Trust{
		Encrypted: m.Crypto.Encrypted, SPF: string(m.Auth.SPF.Result), DMARC: string(m.Auth.DMARC.Result), DKIM: string(dkim(m.Auth)), Auto: !m.Auto.Answerable(),
	}
	if m.Crypto.Authentic() {
		t.Signer = cut(m.Crypto.Signer, incident.MaxField)
		if t.Signer == "" {
			t.Signer = m.Crypto.Key
		}
	}
	if m.Crypto.Fault != "" {
		t.Faults = append(t.Faults, string(m.Crypto.Fault))
	}
	for _, p := range m.Parts {
		for _, s := range p.Suspect {
			t.Faults = addOnce(t.Faults, string(s))
		}
	}
	for _, f := range m.Faults {
		t.Faults = addOnce(t.Faults, string(f.Code))
	}
	return t
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// dkim sums the signatures up: one that passed and belongs to the sender counts most.
func dkim(v mime.Verdict) mime.Result {
	out := mime.Result("")
	for _, c := range v.DKIM {
		switch {
		case c.Result == mime.Pass && c.Aligned:
			return mime.Pass
		case c.Result == mime.Pass || out == "":
			out = c.Result
		}
	}
	return out
}

// machine is what a report made for machines says. What a program wrote of its own accord is one too, so that it waits with its like.
func machine(m *mime.Message) *incident.Machine {
	f := m.Feedback
	if f == nil {
		return automatic(m)
	}
	out := &incident.Machine{
		Format: string(f.Format), Type: f.Type, Source: source(m), Domain: f.Domain, URL: f.URL, Date: f.Date, Fields: f.Fields,
	}
	if f.SourceIP.IsValid() {
		out.SourceIP = f.SourceIP.String()
	}
	return out
}

func automatic(m *mime.Message) *incident.Machine {
	switch m.Auto.Kind {
	case mime.AutoReplied, mime.AutoGenerated, mime.Notification, mime.Receipt:
		return &incident.Machine{Format: "auto", Type: string(m.Auto.Kind), Source: source(m), Date: m.Date}
	}
	return nil
}

// source is who sends a machine's report: its sender's address, since what it says of itself may change with each.
func source(m *mime.Message) string {
	if a, ok := m.Author(); ok {
		return cut(strings.ToLower(a.Address), incident.MaxField)
	}
	return ""
}

// cut shortens text to so many bytes at a character's end.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-4):]) {
		s = s[:len(s)-1]
	}
	return s
}

func digestOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
