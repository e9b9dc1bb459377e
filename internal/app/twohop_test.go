package app

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/mime"
)

// nationTeam is one of two Firehalls that work beside each other.
type nationTeam struct {
	*testing.T
	app  *App
	url  string
	mail string // the folder that its mail goes into
}

func startNation(t *testing.T, name, domain, feedName string, terms config.Feed) *nationTeam {
	t.Helper()
	n := &nationTeam{T: t, mail: filepath.Join(t.TempDir(), "mail")}
	n.app, n.url, _ = serving(t, func(c *config.Config) {
		c.Team.Name, c.Team.Email, c.Mail.Maildir, c.Notify.Every = name, "cert@"+domain, n.mail, "at once"
		terms.DocumentationAddresses = true
		terms.Constants = map[string]string{"classification.type": "scanner"}
		c.Feeds = map[string]config.Feed{feedName: terms}
		if terms.Format == "csv" { // what another team tells, pushed as its table or taken in as the mail that it is
			terms.Format = "csv-mail"
			c.Feeds["mail-of-a"] = terms
		}
	})
	return n
}

// tell applies what came in, approves what waits, and sends it. It gives the mails so far by recipient.
func (n *nationTeam) tell() map[string][]*mime.Message {
	n.Helper()
	ctx := n.Context()
	if _, err := n.app.ApplyFindings(ctx, tester, nil); err != nil {
		n.Fatal(err)
	}
	if _, err := n.app.Notify.Approve(ctx, tester, notification.ApproveOptions{}); err != nil {
		n.Fatal(err)
	}
	if _, err := n.app.Notify.Send(ctx, tester, nil); err != nil {
		n.Fatal(err)
	}
	if _, err := n.app.Deliver(ctx, tester, nil); err != nil {
		n.Fatal(err)
	}
	return n.mails()
}

func (n *nationTeam) mails() map[string][]*mime.Message {
	n.Helper()
	out := map[string][]*mime.Message{}
	files, err := filepath.Glob(filepath.Join(n.mail, "new", "*"))
	if err != nil {
		n.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			n.Fatal(err)
		}
		m, err := mime.Read(bytes.NewReader(raw), mime.DefaultLimits())
		if err != nil {
			n.Fatal(err)
		}
		for _, to := range m.To {
			out[to.Address] = append(out[to.Address], m)
		}
	}
	return out
}

// raw is the newest mail to somebody as it went out.
func (n *nationTeam) raw(to string) (last []byte) {
	n.Helper()
	files, err := filepath.Glob(filepath.Join(n.mail, "new", "*"))
	if err != nil {
		n.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			n.Fatal(err)
		}
		if bytes.Contains(b, []byte("\nTo: ")) && bytes.Contains(b, []byte(to)) {
			last = b
		}
	}
	return last
}

// table is the CSV of a mail.
func table(t *testing.T, m *mime.Message) string {
	t.Helper()
	for _, p := range m.Parts {
		if strings.HasSuffix(p.Name, ".csv") {
			return string(p.Body)
		}
	}
	t.Fatalf("no table in %q", m.Subject)
	return ""
}

// tables are the tables of mails, one after the other.
func tables(t *testing.T, list []*mime.Message) (all string) {
	t.Helper()
	for _, m := range list {
		all += table(t, m)
	}
	return all
}

func (n *nationTeam) register(csv string) {
	n.Helper()
	rep, err := n.app.Register.Import(n.Context(), tester, strings.NewReader(csv), importOptions)
	if err != nil || len(rep.Rejected) > 0 {
		n.Fatal(rep.Rejected, err)
	}
}

// push gives an input to a feed of the team's server, as another program does, and waits until its events are there.
func (n *nationTeam) push(feedName, input string) {
	n.Helper()
	token, _, err := n.app.Tokens.New(n.Context(), pusher, "", feedName)
	if err != nil {
		n.Fatal(err)
	}
	req, err := http.NewRequestWithContext(n.Context(), http.MethodPost, n.url+"/api/v1/feeds/"+feedName+"/push?name=told.csv", strings.NewReader(input))
	if err != nil {
		n.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		n.Fatalf("pushed: %s", res.Status)
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		list, err := n.app.Feeds.List(n.Context(), tester, feedName, 10)
		if err != nil {
			n.Fatal(err)
		}
		if len(list) > 0 && list[0].State == feed.Done {
			return
		}
	}
	n.Fatal("what was pushed never became visible")
}

// A foreign event reaches the right team in two hops: the team of the address's network is told by ours, and tells the owner itself. A team's
// claim counts for nothing before a person approves it, and what it sends counts only where a person said that it is somebody's.
func TestTwoHops(t *testing.T) {
	here := config.DefaultFeed()
	here.Format, here.Receivers = "list", []string{"constituent", "peer"}
	a := startNation(t, "CERT A", "a.example", "desk", here)
	there := config.DefaultFeed()
	there.Format = "csv"
	there.Mapping = map[string]string{"source.ip": "source.ip", "time.source": "time.source", "classification.type": "-", "finding": "-"}
	b := startNation(t, "CERT B", "b.example", "cert-a", there)

	a.register("organisation,network,contact\nHome Hospital,192.0.2.0/24,soc@home.example\n")
	b.register("organisation,network,contact\nCity Clinic,198.51.100.0/25,it@clinic.example\nFar Clinic,198.51.100.128/25,it@far.example\n")
	teams := "name,country,email,networks\nCERT B,SE,cert@b.example,198.51.100.0/24 192.0.2.0/28\n"
	if _, err := a.app.Teams.Import(t.Context(), tester, strings.NewReader(teams), team.ImportOptions{Name: "teams.csv"}); err != nil {
		t.Fatal(err)
	}
	ingest := func(list string) {
		t.Helper()
		if _, err := a.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader(list)}); err != nil {
			t.Fatal(err)
		}
	}
	ingest("192.0.2.3\n198.51.100.9\n")
	if got := a.tell(); len(got["cert@b.example"]) != 0 || len(got["soc@home.example"]) != 1 {
		t.Fatalf("a claim that nobody approved is told to: %v", recipients(got))
	}

	e, err := a.app.Teams.Named(t.Context(), tester, "CERT B")
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range e.Networks {
		if network.Value != "198.51.100.0/24" { // the other one is a lie, which a person sees through
			continue
		}
		if _, err := a.app.Teams.Approve(t.Context(), tester, e.Team.Organisation, []string{network.ID}, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.app.Findings.Reattribute(t.Context(), tester, a.app.owner()); err != nil {
		t.Fatal(err)
	}
	ingest("192.0.2.4\n198.51.100.7\n198.51.100.200\n")
	got := a.tell()["cert@b.example"]
	if len(got) != 1 {
		t.Fatalf("the team of the patch got %d messages: one, with all, was to come", len(got))
	}
	told := table(t, got[0])
	if !strings.Contains(told, "198.51.100.7") || !strings.Contains(told, "198.51.100.200") || strings.Contains(told, "192.0.2.") {
		t.Fatalf("the first hop tells: %s", told)
	}

	b.push("cert-a", told)
	if _, err := b.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "mail-of-a", Name: "told.eml", Reader: bytes.NewReader(a.raw("cert@b.example"))}); err != nil {
		t.Fatal(err)
	}
	if list, err := b.app.Feeds.List(t.Context(), tester, "mail-of-a", 1); err != nil || len(list) != 1 || list[0].Counts.Events != 2 || list[0].Counts.Attributed != 2 {
		t.Fatalf("the mail of the first hop, as it came, is taken in as %+v, %v", list, err)
	}
	second := b.tell()
	if len(second["it@clinic.example"]) != 1 || len(second["it@far.example"]) != 1 {
		t.Fatalf("the second hop went to: %v", recipients(second))
	}
	if text := table(t, second["it@clinic.example"][0]); !strings.Contains(text, "198.51.100.7") || strings.Contains(text, "198.51.100.200") {
		t.Errorf("the owner is told: %s", text)
	}
}

// A team that wants copies sent directly to its providers, and only such a team: each gets one message, the provider what is in its own network. Not
// before the team is told, not again when nothing is new, and not if the feed's terms keep providers out.
func TestCopiesToProviders(t *testing.T) {
	terms := config.DefaultFeed()
	terms.Format, terms.Receivers = "list", []string{"constituent", "peer", "provider"}
	a := startNation(t, "CERT A", "a.example", "desk", terms)
	a.register("organisation,network,contact,kind\nFar Hosting,198.51.100.0/25,abuse@far.example,provider\n")
	e := a.peer("name,country,email,networks,direct\nCERT B,SE,cert@b.example,198.51.100.0/26 203.0.113.0/24,\n")
	ingest := func(list string) map[string][]*mime.Message {
		t.Helper()
		if _, err := a.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader(list)}); err != nil {
			t.Fatal(err)
		}
		return a.tell()
	}
	if got := ingest("198.51.100.6\n"); len(got["cert@b.example"]) != 1 || len(got["abuse@far.example"]) != 0 {
		t.Fatalf("the team said nothing about copies: %v", recipients(got))
	}
	e.Team.Direct = true
	var err error
	if e.Team, err = a.app.Teams.Put(t.Context(), tester, e.Team); err != nil {
		t.Fatal(err)
	}
	got := ingest("198.51.100.7\n203.0.113.9\n198.51.100.100\n")
	if len(got["cert@b.example"]) != 2 {
		t.Fatalf("the team: %v", recipients(got))
	}
	if told := tables(t, got["cert@b.example"]); !strings.Contains(told, "198.51.100.7") || !strings.Contains(told, "203.0.113.9") || strings.Contains(told, "198.51.100.100") {
		t.Errorf("the team is told: %s", told)
	}
	if text := tables(t, got["abuse@far.example"]); strings.Contains(text, "203.0.113.9") || strings.Contains(text, "198.51.100.6") ||
		!strings.Contains(text, "198.51.100.7") || !strings.Contains(text, "198.51.100.100") {
		t.Errorf("the provider is told: %s", text)
	}
	if len(got["abuse@far.example"]) != 2 {
		t.Errorf("the provider got %v: one message of its own, and one copy", recipients(got))
	}
	if again := a.tell(); len(again["cert@b.example"]) != 2 || len(again["abuse@far.example"]) != 2 {
		t.Errorf("again, without anything new: %v", recipients(again))
	}
	e.Team.Direct = false
	if _, err := a.app.Teams.Put(t.Context(), tester, e.Team); err != nil {
		t.Fatal(err)
	}
	if got := ingest("198.51.100.8\n"); len(got["cert@b.example"]) != 3 || len(got["abuse@far.example"]) != 2 {
		t.Errorf("the team took it back: %v", recipients(got))
	}
}

// peer brings one team in, approves all of its networks, and gives its entry.
func (n *nationTeam) peer(csv string) team.Entry {
	n.Helper()
	if _, err := n.app.Teams.Import(n.Context(), tester, strings.NewReader(csv), team.ImportOptions{Name: "teams.csv", Approve: true}); err != nil {
		n.Fatal(err)
	}
	list, err := n.app.Teams.List(n.Context(), tester, team.Filter{})
	if err != nil || len(list) != 1 {
		n.Fatal(list, err)
	}
	e, err := n.app.Teams.Entry(n.Context(), tester, list[0].Organisation)
	if err != nil {
		n.Fatal(err)
	}
	return e
}

func recipients(mails map[string][]*mime.Message) (out []string) {
	for to, list := range mails {
		for _, m := range list {
			out = append(out, to+": "+m.Subject)
		}
	}
	return out
}

// A team confirms its entry over the wire: the mailed link shows on GET, confirms on POST, and works once.
func TestTeamConfirmsByMail(t *testing.T) {
	n := startNation(t, "CERT A", "a.example", "desk", config.DefaultFeed())
	teams := "name,country,email,public\nCERT B,SE,cert@b.example,name mail\n"
	if _, err := n.app.Teams.Import(t.Context(), tester, strings.NewReader(teams), team.ImportOptions{Name: "teams.csv"}); err != nil {
		t.Fatal(err)
	}
	e, err := n.app.Teams.Named(t.Context(), tester, "cert b")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.app.Teams.Ask(t.Context(), tester, e.Team.Organisation); err != nil {
		t.Fatal(err)
	}
	if _, err := n.app.Deliver(context.WithoutCancel(t.Context()), tester, nil); err != nil {
		t.Fatal(err)
	}
	mails := n.mails()["cert@b.example"]
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	_, path, ok := strings.Cut(mails[0].Text, team.ConfirmPath)
	if !ok {
		t.Fatal(mails[0].Text)
	}
	link := n.url + team.ConfirmPath + strings.Fields(path)[0]
	seen := ""
	for range 2 {
		status, text := get(t, http.DefaultClient, link)
		if status != http.StatusOK || !strings.Contains(text, "cert@b.example") {
			t.Fatalf("%d %s", status, text)
		}
		_, seen, _ = strings.Cut(text, `name="seen" value="`)
		seen, _, _ = strings.Cut(seen, `"`)
	}
	res, err := http.Post(link, "application/x-www-form-urlencoded", strings.NewReader("do=right&seen="+seen))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got, err := n.app.Teams.Get(t.Context(), tester, e.Team.Organisation); err != nil || got.Confirmed.IsZero() || res.StatusCode != http.StatusOK {
		t.Errorf("%+v, %v, %s", got, err, res.Status)
	}
	if status, _ := get(t, http.DefaultClient, link); status != http.StatusNotFound {
		t.Errorf("again: %d", status)
	}
	for path, want := range map[string]string{
		"/teams?q=cert+b": "cert@b.example", "/teams?q=SE": "CERT B", "/rfc2350": "Name of the Team", "/rfc2350.txt": "cert@a.example",
		"/.well-known/security.txt": "Contact: mailto:cert@a.example", "/.well-known/openpgpkey/policy": "",
	} {
		if status, text := get(t, http.DefaultClient, n.url+path); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}
