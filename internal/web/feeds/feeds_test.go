package feeds_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// give uploads a file as the page's form does.
func give(t *testing.T, s *station.Station, name, file, text string) *http.Response {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if file != "" {
		part, err := form.CreateFormFile("file", file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	_ = form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/feeds/"+name+"/upload", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Origin", s.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestTheListSaysHowFeedsAre(t *testing.T) {
	s := station.Open(t, station.Options{})
	page := s.Get(t, "/feeds")
	for name := range s.App.Config.Feeds {
		if !strings.Contains(page, `href="/feeds/`+name+`"`) {
			t.Errorf("%s is not listed", name)
		}
	}
	if !strings.Contains(page, `class="spark"`) {
		t.Error("no line shows the last days")
	}
}

func TestEachFeedHasAPage(t *testing.T) {
	s := station.Open(t, station.Options{})
	for name := range s.App.Config.Feeds {
		page := s.Get(t, "/feeds/"+url.PathEscape(name))
		if !strings.Contains(page, "TLP:") || !strings.Contains(page, "/api/v1/feeds/"+name+"/push") {
			t.Errorf("%s does not say its terms, or where to push", name)
		}
	}
	if res, err := s.Client.Get(s.URL + "/feeds/no-such-feed"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a feed that is not there: %v, %v", res.Status, err)
	}
}

func TestATokenIsShownOnce(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Hostile: true})
	made := body(t, s.Post(t, "/feeds/hostile/tokens", url.Values{"name": {"<b>sensor</b>"}}))
	secret := regexp.MustCompile(`fh_[0-9a-z]+_[a-z2-7]+`).FindString(made)
	if secret == "" {
		t.Fatal("no token is shown")
	}
	page := s.Get(t, "/feeds/hostile")
	if strings.Contains(page, secret) || strings.Contains(page, "<b>sensor") || !strings.Contains(page, "&lt;b&gt;sensor") {
		t.Error("the token is shown again, or its name is not text")
	}
	id := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal("the token cannot be revoked")
	}
	if res := s.Post(t, "/feeds/hostile/tokens/revoke", url.Values{"token": {id[1]}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("revoked: %s", res.Status)
	}
	if _, ok, err := s.App.Tokens.Check(t.Context(), secret, "hostile"); ok || err != nil {
		t.Errorf("it still lets in: %v", err)
	}
}

const row = `{"time.source":"2026-11-20T11:00:00Z","classification.type":"infected-system","source.ip":"198.51.100.7"}`

func TestAFileIsTakenIn(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Hostile: true})
	res := give(t, s, "hostile", "<script>.json", row+"\n"+`{"nonsense":"<script>alert(1)</script>`+"\u202e\x01"+`=cmd()"}`+"\n")
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/intakes/") {
		t.Fatalf("%s to %q: %.500s", res.Status, to, body(t, res))
	}
	if page := s.Get(t, to); !strings.Contains(page, "Kept, not read yet") {
		t.Error("the page does not say that it is kept")
	}
	if _, err := s.App.Feeds.Resume(t.Context(), identity.System("test")); err != nil {
		t.Fatal(err)
	}
	page := s.Get(t, to)
	for _, want := range []string{"Rows set aside", "line 2", "=cmd()", `\u202e`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "\u202e") {
		t.Error("hostile text is not made harmless")
	}
	if again := give(t, s, "hostile", "other.json", row+"\n"+`{"nonsense":"<script>alert(1)</script>`+"\u202e\x01"+`=cmd()"}`+"\n"); again.Header.Get("Location") != to {
		t.Errorf("the same file again leads to %q", again.Header.Get("Location"))
	}
}

func TestReplayIsOrdered(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Hostile: true})
	to := give(t, s, "hostile", "a.json", row+"\nnonsense\n").Header.Get("Location")
	if _, err := s.App.Feeds.Resume(t.Context(), identity.System("test")); err != nil {
		t.Fatal(err)
	}
	if res := s.Post(t, to+"/replay", nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %.500s", res.Status, body(t, res))
	}
	if page := s.Get(t, "/jobs"); !strings.Contains(page, "Read rows set aside once more") {
		t.Error("no job does it")
	}
}

func TestNoFileIsSaid(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Hostile: true})
	if res := give(t, s, "hostile", "", ""); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, res), "Choose a file.") {
		t.Errorf("%s", res.Status)
	}
	if res, err := s.Client.Get(s.URL + "/intakes/nothing"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("an input that is not there: %v, %v", res.Status, err)
	}
}

func TestWhatNobodyKnewIsDecided(t *testing.T) {
	s := station.Open(t, station.Options{})
	aside, err := s.App.Feeds.WithAside(t.Context(), s.Actor, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range aside {
		page := s.Get(t, "/intakes/"+in.ID)
		if in.State == feed.Undecided && !strings.Contains(page, "What is this?") {
			t.Errorf("%s cannot be decided", in.Name)
		}
	}
}
