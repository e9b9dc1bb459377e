package demo

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/firehall/firehall/internal/platform/mime"
)

// written gives the mails of a demonstration by their arrival's name, and what its register of peers says.
func written(t *testing.T) (mails map[string][]byte, peers []byte) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "reports")
	if err := Mails(dir, night); err != nil {
		t.Fatal(err)
	}
	mails = map[string][]byte{}
	for _, a := range Arrivals() {
		if a.Door != ByMail {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, a.MailName()))
		if err != nil {
			t.Fatal(err)
		}
		mails[a.Name] = raw
	}
	peers, err := os.ReadFile(filepath.Join(dir, PeersName))
	if err != nil {
		t.Fatal(err)
	}
	return mails, peers
}

func TestArrivalsConcernNobody(t *testing.T) {
	address := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	host := regexp.MustCompile(`(?:@|://)([a-z0-9.\[\]-]+)`)
	seen := map[string]bool{}
	for _, a := range Arrivals() {
		if seen[a.Name] {
			t.Errorf("two arrivals are called %s", a.Name)
		}
		seen[a.Name] = true
		text := strings.Join([]string{a.Text, a.Affected, a.Ask, a.Added, a.Email}, "\n")
		for _, found := range address.FindAllString(text, -1) {
			if ip, err := netip.ParseAddr(found); err != nil || !isDocumentation(ip) {
				t.Errorf("%s: %s is outside the documentation prefixes", a.Name, found)
			}
		}
		for _, found := range host.FindAllStringSubmatch(text, -1) {
			if !strings.HasSuffix(strings.ReplaceAll(found[1], "[.]", "."), ".example") {
				t.Errorf("%s: %s is a name that may be somebody's", a.Name, found[1])
			}
		}
	}
	for _, name := range []string{Hospital, Tip, Turbine, Bank} {
		if !seen[name] {
			t.Errorf("no arrival is called %s", name)
		}
	}
}

// Machines' mails are recognised as such, and people's as people's, in each language.
func TestMailsAreReadAsWhatTheyAre(t *testing.T) {
	mails, _ := written(t)
	want := map[string]mime.AutoKind{"complaint": mime.ARF, "absent": mime.AutoReplied}
	for name, raw := range mails {
		m, err := mime.Read(bytes.NewReader(raw), mime.Limits{})
		if err != nil {
			t.Fatal(name, err)
		}
		kind, ok := want[name]
		switch {
		case strings.HasPrefix(name, "sensor"):
			kind = mime.XARF
		case !ok:
			kind = mime.Person
		}
		if m.Auto.Kind != kind || len(m.Faults) > 0 || m.Subject == "" || m.MessageID == "" {
			t.Errorf("%s: %v, wanted %s; faults %v; subject %q", name, m.Auto, kind, m.Faults, m.Subject)
		}
		if kind == mime.XARF && (m.Feedback == nil || !isDocumentation(m.Feedback.SourceIP)) {
			t.Errorf("%s: %+v", name, m.Feedback)
		}
	}
}

// The peer's signature is good by the key that the register gets.
func TestPeerSigns(t *testing.T) {
	mails, peers := written(t)
	var register struct {
		Organisations []struct {
			Kind     string
			Contacts []struct{ Contact, Key string }
		}
	}
	if err := yaml.Unmarshal(peers, &register); err != nil || len(register.Organisations) != 1 {
		t.Fatalf("%v in\n%s", err, peers)
	}
	contact := register.Organisations[0].Contacts[0]
	o := mime.Opener{
		Now: func() time.Time { return night.Add(time.Minute) },
		Known: func(_ context.Context, address string) ([]mime.SenderKey, error) {
			if address != contact.Contact {
				return nil, nil
			}
			return []mime.SenderKey{{OpenPGP: contact.Key}}, nil
		},
	}
	for name, want := range map[string]bool{"peer": true, Police: false} {
		m, err := mime.Read(bytes.NewReader(mails[name]), mime.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		o.Open(t.Context(), m)
		if m.Crypto.Authentic() != want {
			t.Errorf("%s: %+v", name, m.Crypto)
		}
	}
}

// People of the team are told apart, and some have signed nothing: the pages show what that means.
func TestTeam(t *testing.T) {
	bound, logins := 0, map[string]bool{}
	for _, p := range Team() {
		if logins[p.Login] || !strings.HasSuffix(p.Address(), "@cert.example") {
			t.Errorf("%+v", p)
		}
		logins[p.Login] = true
		if p.Bound {
			bound++
		}
	}
	if bound == 0 || bound == len(logins) {
		t.Errorf("%d of %d have an agreement", bound, len(logins))
	}
}
