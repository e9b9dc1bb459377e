package report

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/words"
)

func TestAnonymousReport(t *testing.T) {
	c := open(t, nil)
	page := c.walk(victim...)
	if !strings.Contains(page.body, "since Monday") || strings.Contains(page.body, `name="email"`) {
		t.Fatalf("the last page: %s", page.body)
	}
	done := c.post(Path, "state", page.state(), "step", "check", "do", "send", "files/jane-doe.png", "a picture", "files/", "", "website", "")
	if done.StatusCode != http.StatusOK || !strings.Contains(done.body, "R-7K2QX9") || !strings.Contains(done.body, "<span>X9AB</span>") {
		t.Fatalf("%s %s", done.Status, done.body)
	}
	if len(c.drafts) != 1 {
		t.Fatalf("%d reports", len(c.drafts))
	}
	d := c.drafts[0]
	want := incident.Answers{Happened: "ransomware", When: "since Monday", Affected: "192.0.2.10", Impact: "no work", Help: "advice", Police: true, Privilege: true}
	if !d.Anonymous || d.Confidential || d.Answers != want || d.Subject != "All files are gone" || d.Text != "All files are gone\nsecond line" {
		t.Errorf("%+v", d)
	}
	if d.Reporter != (incident.Reporter{Language: "en"}) || d.Raw != nil || d.Key == "" {
		t.Errorf("of the reporter: %+v, key %q", d.Reporter, d.Key)
	}
	if strings.Join(c.files, ",") != "jane-doe.png=a picture" {
		t.Errorf("files %v", c.files)
	}
	again := c.post(Path, "state", page.state(), "step", "check", "do", "send")
	if again.StatusCode != http.StatusOK || c.drafts[1].Key != d.Key {
		t.Error("sent again it is another report")
	}
	if len(done.Cookies()) > 0 || c.log.Len() > 0 {
		t.Errorf("cookies %v, log %s", done.Cookies(), c.log)
	}
}

func TestNamedReport(t *testing.T) {
	c := open(t, nil)
	steps := append([]string{"who who=named"}, victim[1:]...)
	page := c.walk(append(steps, "contact name=Ada|email=ada@example.org|phone=+33 1|organisation=Shop")...)
	if done := c.post(Path, "state", page.state(), "step", "check", "do", "send"); strings.Contains(done.body, "Your reply code") {
		t.Error("a named reporter gets a code")
	}
	want := incident.Reporter{Name: "Ada", Email: "ada@example.org", Phone: "+33 1", Organisation: "Shop", Language: "en"}
	if len(c.drafts) != 1 || c.drafts[0].Reporter != want || c.drafts[0].Anonymous || c.drafts[0].Confidential {
		t.Errorf("%+v", c.drafts)
	}
}

// What an anonymous reporter wrote about themselves before they chose to be so is not sent.
func TestTurnedAnonymous(t *testing.T) {
	c := open(t, nil)
	steps := append([]string{"who who=confidential"}, victim[1:]...)
	page := c.walk(append(steps, "contact name=Ada|email=ada@example.org", "check", "who who=anonymous")...)
	c.post(Path, "state", page.state(), "step", "check", "do", "send")
	if len(c.drafts) != 1 || c.drafts[0].Reporter.Name != "" || !c.drafts[0].Anonymous {
		t.Errorf("%+v", c.drafts)
	}
}

func TestWrongAnswers(t *testing.T) {
	tests := map[string]struct {
		walked []string
		post   []string
		want   []string
	}{
		"no choice":         {nil, []string{"step", "who"}, []string{"Choose how you want to report", `href="#who-named"`, `id="who-wrong"`}},
		"no such choice":    {nil, []string{"step", "who", "who", "loudly"}, []string{"Choose how"}},
		"nothing written":   {victim[:3], []string{"step", "text", "text", "  \n"}, []string{"Write what happened", `aria-invalid="true"`}},
		"too long":          {victim[:4], []string{"step", "when", "when", strings.Repeat("é", 201)}, []string{"at most 200 characters", strings.Repeat("é", 201)}},
		"no way to answer":  {append([]string{"who who=named"}, victim[1:]...), []string{"step", "contact", "name", "Ada & Co"}, []string{"so that we can answer", "Ada &amp; Co"}},
		"no mail address":   {append([]string{"who who=named"}, victim[1:]...), []string{"step", "contact", "email", `"><script>`}, []string{"no mail address", "&#34;&gt;&lt;script&gt;"}},
		"a program fills":   {victim, []string{"step", "check", "do", "send", "website", "spam"}, []string{"Empty the field"}},
		"of another house":  {nil, []string{"step", "who", "state", "AAAA"}, []string{"begin again"}},
		"too much by far":   {victim[:3], []string{"step", "text", "text", strings.Repeat("<script>", 100_000)}, []string{"at most 20,000 characters", "&lt;script&gt;&lt;script&gt;"}},
		"right to left too": {victim[:3], []string{"step", "text", "text", "", "when", "\u202e=cmd()"}, []string{"Write what happened"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := open(t, nil)
			page := c.walk(tt.walked...)
			got := c.post(Path, append([]string{"state", page.state(), "do", "next"}, tt.post...)...)
			if got.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s", got.Status)
			}
			for _, want := range tt.want {
				if !strings.Contains(got.body, want) {
					t.Errorf("%q is not on the page: %.3000s", want, got.body)
				}
			}
			if strings.Contains(got.body, "<script") || len(c.drafts) > 0 {
				t.Error("a script, or a report")
			}
		})
	}
}

// Back, another language and a change keep what was typed, right or not.
func TestNothingTypedIsLost(t *testing.T) {
	c := open(t, nil)
	page := c.walk(victim[:6]...)
	page = c.post(Path, "state", page.state(), "step", "impact", "do", "back", "impact", "half a sent")
	if !strings.Contains(page.body, "192.0.2.10") || !strings.Contains(page.body, "What is affected?") {
		t.Errorf("back: %s", page.body)
	}
	page = c.post(Path, "state", page.state(), "step", "affected", "do", "fr", "affected", "shop.example")
	if !strings.Contains(page.body, "Qu’est-ce qui est touché") || !strings.Contains(page.body, "shop.example") || !strings.Contains(page.body, `lang="fr"`) {
		t.Errorf("in French: %s", page.body)
	}
	page = c.post(Path, "state", page.state(), "step", "affected", "do", "next", "affected", "shop.example")
	if !strings.Contains(page.body, "half a sent") {
		t.Errorf("forth again: %s", page.body)
	}
	c.fail = problem.New(problem.Unavailable, "the disk is full")
	page = c.walk(victim...)
	page = c.post(Path, "state", page.state(), "step", "check", "do", "change-when")
	page = c.post(Path, "state", page.state(), "step", "when", "when", "Tuesday")
	if !strings.Contains(page.body, "Check your answers") || !strings.Contains(page.body, "Tuesday") {
		t.Errorf("changed: %s", page.body)
	}
	page = c.post(Path, "state", page.state(), "step", "check", "do", "send")
	if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.body, "could not be stored") || !strings.Contains(page.body, "Tuesday") {
		t.Errorf("the room is away: %s", page.body)
	}
}

func TestUrgent(t *testing.T) {
	c := open(t, nil)
	page := c.walk(victim[0], "urgent urgent=yes")
	if !strings.Contains(page.body, `href="tel:+358295390230"`) || !strings.Contains(page.body, "may show your number") {
		t.Errorf("%s", page.body)
	}
	page = c.walk(append([]string{victim[0], "urgent urgent=yes", "call"}, victim[2:]...)...)
	if c.post(Path, "state", page.state(), "step", "check", "do", "send"); len(c.drafts) != 1 || !c.drafts[0].Answers.Urgent {
		t.Errorf("%+v", c.drafts)
	}
	if page = c.walk(victim[0], "urgent urgent=yes", "call", "kind kind=ddos"); !strings.Contains(page.body, "What happened?") {
		t.Errorf("after the call: %s", page.body)
	}
}

// Suspected child abuse material is not taken, whatever the browser sends.
func TestChildren(t *testing.T) {
	c := open(t, nil)
	steps := append([]string{}, victim...)
	steps[2] = "kind kind=children"
	page := c.walk(steps...)
	if strings.Contains(page.body, `type="file"`) || !strings.Contains(page.body, "do not copy them") {
		t.Errorf("%s", page.body)
	}
	c.post(Path, "state", page.state(), "step", "check", "do", "send", "files/x.jpg", "x")
	if len(c.drafts) != 1 || len(c.drafts[0].Files) > 0 || !c.drafts[0].Answers.Children {
		t.Errorf("%+v", c.drafts)
	}
}

func TestPromise(t *testing.T) {
	c := open(t, func(o *Options) { o.Promise = map[words.Lang]string{words.French: "Nous <jurons>.\n\nVraiment."} })
	if page := c.get("/report"); !strings.Contains(page.body, "bound to keep it") || !strings.Contains(page.body, `href="/report?lang=fr"`) {
		t.Error("the built-in promise is not there")
	}
	if page := c.get("/report?lang=fr"); !strings.Contains(page.body, "<p>Nous &lt;jurons&gt;.</p><p>Vraiment.</p>") || !strings.Contains(page.body, "Signaler un incident") {
		t.Errorf("%s", page.body)
	}
}

// The browser may keep a question that holds nothing of the reporter's, so that its Back works, and nothing else.
func TestWhatBrowsersKeep(t *testing.T) {
	c := open(t, nil)
	page := c.walk(victim[:4]...)
	if got := page.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("an empty question: %s", got)
	}
	if strings.Contains(page.body, "files are gone") {
		t.Error("the page holds what was said on another")
	}
	for name, page := range map[string]answer{
		"an answer": c.post(Path, "state", page.state(), "step", "when", "do", "back"), "all answers": c.walk(victim...), "a mailbox": c.post(mailboxPath, "code", code),
	} {
		if got := page.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWithoutTheRoom(t *testing.T) {
	c := open(t, func(o *Options) { o.Accept = nil })
	res, err := http.Get(c.url + Path) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusOK {
		t.Error("the form is there")
	}
}
