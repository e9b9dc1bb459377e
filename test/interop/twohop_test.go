package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/mime"
)

// nation makes the installation of a team of its own, which nobody serves yet.
func nation(t *testing.T, name, mailbox, more string) *site {
	t.Helper()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "data"), base: fmt.Sprintf("http://127.0.0.1:%d", freePort(t))}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, s.dir, "firehall.toml", fmt.Sprintf("[team]\nname = %q\nemail = %q\n[notify]\nevery = \"at once\"\n%s", name, mailbox, more))
	s.firehall("user", "add", "robot", "--role", "manager")
	s.key = strings.TrimSpace(s.firehall("token", "add", "robot", "--scope", "reports:read,incidents:read"))
	return s
}

// owns fills the register.
func (s *site) owns(rows string) {
	s.t.Helper()
	s.firehall("constituency", "import", put(s.t, s.t.TempDir(), "register.csv", "organisation,network,contact\n"+rows))
}

// knows takes another team into the directory, with its key, and with what it claims.
func (s *site) knows(other *site, name, mailbox, networks string) {
	s.t.Helper()
	teams, err := json.Marshal(map[string]any{"data": []any{map[string]any{
		"team": name, "country": "SE", "email": []string{mailbox}, "pgp-key": other.firehall("keys", "show", "--pgp"),
	}}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.firehall("team", "import", "--format", "first", put(s.t, s.t.TempDir(), "teams.json", string(teams)))
	s.firehall("team", "import", "--format", "csv", put(s.t, s.t.TempDir(), "teams.csv", "name,country,handling,networks\n"+name+",SE,amber+strict,"+networks+"\n"))
}

// notifies approves what waits for an organisation, and sends what may go.
func (s *site) notifies(organisation string) {
	s.t.Helper()
	until(s.t, "there is something to tell "+organisation, func() bool {
		return strings.Contains(s.firehall("notify", "--dry-run", "--json", "--organisation", organisation), `"findings"`)
	})
	s.firehall("notify", "--approve", "--organisation", organisation)
	s.firehall("notify", "--send")
}

// addresses are those that there are findings about.
func (s *site) addresses() string {
	s.t.Helper()
	return s.firehall("findings", "list", "--format", "csv", "--limit", "0")
}

// mailed gives the mails in a maildir by their recipient, each with its tables at the end.
func mailed(t *testing.T, maildir string) map[string]string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range list {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mime.Read(bytes.NewReader(raw), mime.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range m.To {
			out[to.Address] += m.Text
			for _, p := range m.Parts {
				out[to.Address] += string(p.Body)
			}
		}
	}
	return out
}

// TestTwoHopsOfTwoServers sends a foreign event over two running servers: the team that hears of it tells the team of the network, by mail that is signed,
// encrypted and goes by SMTP, and that team's server takes the mail in as its feed and tells the owners, each what is theirs. What nobody approved or
// proved goes nowhere.
func TestTwoHopsOfTwoServers(t *testing.T) {
	t.Parallel()
	need(t, "swaks")
	smtp, out := fmt.Sprintf("127.0.0.1:%d", freePort(t)), filepath.Join(t.TempDir(), "out")
	b := nation(t, "CERT B", "cert@b.example", fmt.Sprintf(`[mail]
maildir = %q
[reports]
check_sender = false
smtp_listen = %q
[feeds.cert-a]
format = "csv-mail"
mail_from = ["cert@a.example"]
documentation_addresses = true
mapping = { "source.ip" = "source.ip", "time.source" = "time.source", "classification.type" = "classification.type", "finding" = "-" }
`, out, smtp))
	a := nation(t, "CERT A", "cert@a.example", fmt.Sprintf(`[mail]
relay = %q
tls = "off"
[feeds.desk]
format = "list"
receivers = ["constituent", "peer"]
documentation_addresses = true
constants = { "classification.type" = "scanner" }
`, smtp))
	a.owns("Home Hospital,192.0.2.0/24,soc@home.example\n")
	b.owns("City Clinic,198.51.100.0/25,it@clinic.example\nFar Clinic,198.51.100.128/25,it@far.example\n")
	a.knows(b, "CERT B", "cert@b.example", "198.51.100.0/24 192.0.2.0/28") // the second is a lie
	b.knows(a, "CERT A", "cert@a.example", "")
	b.serve(nil)
	listens(t, smtp)
	a.serve(nil)

	list := put(t, t.TempDir(), "list.txt", "192.0.2.3\n198.51.100.9\n")
	a.firehall("ingest", "--feed", "desk", list)
	if plan := a.firehall("notify", "--dry-run", "--json"); strings.Contains(plan, "cert@b.example") {
		t.Fatalf("a claim that nobody approved would be told: %s", plan)
	}
	a.firehall("team", "approve", "CERT B", "198.51.100.0/24")
	a.firehall("ingest", "--feed", "desk", put(t, t.TempDir(), "later.txt", "192.0.2.4\n198.51.100.7\n198.51.100.200\n"))
	a.notifies("CERT B")

	until(t, "the team of the network has its two findings", func() bool {
		text := b.addresses()
		return strings.Contains(text, "198.51.100.7") && strings.Contains(text, "198.51.100.200")
	})
	if text := b.addresses(); strings.Contains(text, "192.0.2.") {
		t.Errorf("the first hop told what is not the team's: %s", text)
	}
	b.notifies("City Clinic")
	b.notifies("Far Clinic")
	until(t, "both owners are told", func() bool { return len(mailed(t, out)) == 2 })
	told := mailed(t, out)
	if text := told["it@clinic.example"]; !strings.Contains(text, "198.51.100.7") || strings.Contains(text, "198.51.100.200") || !strings.Contains(text, "scanner") {
		t.Errorf("the first owner: %s", text)
	}
	if text := told["it@far.example"]; !strings.Contains(text, "198.51.100.200") || strings.Contains(text, "198.51.100.7") {
		t.Errorf("the second owner: %s", text)
	}
	var reports struct{ Items []row }
	if b.get("/reports", &reports); len(reports.Items) != 0 {
		t.Errorf("an input of a feed became a report: %+v", reports)
	}

	forged := put(t, t.TempDir(), "told.csv", "source.ip,time.source,classification.type\n198.51.100.66,2026-11-20T10:00:00Z,scanner\n")
	swaks(t, smtp, "--from", "cert@a.example", "--to", "cert@b.example", "--h-Subject", "a forged marzipan", "--attach-type", "text/csv", "--attach-name", "told.csv", "--attach", "@"+forged)
	b.says(b.find("marzipan"), "cert@a.example", "told.csv")
	if text := b.addresses(); strings.Contains(text, "198.51.100.66") {
		t.Errorf("what nobody proved became a finding: %s", text)
	}
}
