package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The doors that people and machines of the demonstration come by.
const (
	ByMail  = "mail"
	ByForm  = "form"
	ByPhone = "phone"
)

// Arrival is one report, as its door takes it. One by mail has its text in a file that Mails writes.
type Arrival struct {
	Name  string        // the same from run to run
	After time.Duration // since the demonstration began to be served; zero: before anybody looks
	Door  string

	Subject, Text                          string
	Happened, When, Affected, Impact, Help string // of the form and of a call
	Reporter, Email, Phone, Organisation   string
	Language                               string // BCP 47
	Urgent, Anonymous, Confidential, Peers bool
	Ask, Added                             string // what the team asks back in the mailbox, and what its holder says to that

	machine func(now time.Time) (subject, media, body string) // makes a machine's mail of several parts
	signed  bool                                              // by the peer's key
}

// Person is somebody of the demonstration's team.
type Person struct {
	Login, Name, Language string
	Role                  string
	Bound                 bool // has signed an agreement
}

// Team is who works at CERT Demonstra: one of each kind that the pages treat differently.
func Team() []Person {
	return []Person{
		{"mara", "Mara Lindqvist", "en", "manager", true},
		{"idris", "Idris Okafor", "en", "duty-officer", true},
		{"chloe", "Chloé Marchand", "fr", "incident-handler", true},
		{"viktor", "Viktor Salo", "en", "vulnerability-handler", true},
		{"lena", "Lena Brandt", "en", "engineer", false},
		{"oskar", "Oskar Auditor", "en", "auditor", false},
		{"amina", "Amina Diallo", "fr", "volunteer", true},
	}
}

// Address is a person's mailbox.
func (p Person) Address() string { return p.Login + "@cert.example" }

// TeamAddress is where reports are mailed to.
const TeamAddress = "cert@cert.example"

// MailName is the name of the file that holds an arrival's mail.
func (a Arrival) MailName() string { return a.Name + ".eml" }

// Mails writes each arrival that comes by mail into a folder, as it would come, and peers.yaml: the team abroad in whose key one of them is signed,
// for `firehall constituency import`. That key is made here and its private half forgotten.
func Mails(dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	peer, err := newSigner(now)
	if err != nil {
		return err
	}
	for _, a := range Arrivals() {
		if a.Door != ByMail {
			continue
		}
		raw, err := a.mail(now, peer)
		if err != nil {
			return fmt.Errorf("make the mail %s: %w", a.Name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, a.MailName()), raw, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, PeersName), peer.register(), 0o600)
}

// PeersName is the register file that Mails writes.
const PeersName = "peers.yaml"

// mail is the arrival as a mail.
func (a Arrival) mail(now time.Time, peer *signer) ([]byte, error) {
	subject, media, body := a.Subject, "text/plain; charset=utf-8", a.Text+"\n"
	if a.machine != nil {
		subject, media, body = a.machine(now)
	}
	part := fmt.Appendf(nil, "Content-Type: %s\nContent-Transfer-Encoding: 8bit\n\n%s", media, body)
	if a.signed {
		var err error
		if part, err = peer.sign(part); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\nTo: %s\nSubject: %s\nDate: %s\nMessage-ID: <%s-%d@demonstration.example>\n",
		mailbox(a.Reporter, a.Email), TeamAddress, word(subject), now.UTC().Format(time.RFC1123Z), a.Name, now.Unix())
	if a.Language != "" {
		fmt.Fprintf(&b, "Content-Language: %s\n", a.Language)
	}
	b.WriteString("MIME-Version: 1.0\n")
	b.Write(part)
	return crlf(b.Bytes()), nil
}
