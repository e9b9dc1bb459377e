package login_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential/credentialtest"
	"github.com/firehall/firehall/internal/web/login"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

const good = "four words nobody knows"

// visitor is a browser without scripts, of somebody who was invited.
type visitor struct {
	*testing.T
	*station.Station
	*http.Client
	token  string // of the invitation
	secret string // of the authenticator, once it is set up
}

func newVisitor(t *testing.T, s *station.Station, name string, roles ...identity.Role) *visitor {
	t.Helper()
	_, i, err := s.App.Accounts.Add(t.Context(), s.Actor, account.Draft{Login: name, Name: "Ada " + name, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{T: t, Station: s, Client: s.Stranger(t), token: i.Token}
}

func (v *visitor) read(res *http.Response, err error) (int, string) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return res.StatusCode, html.UnescapeString(string(body))
}

func (v *visitor) get(path string) (int, string) {
	v.Helper()
	return v.read(v.Client.Get(v.URL + path))
}

func (v *visitor) post(path string, fields url.Values) (int, string) {
	v.Helper()
	return v.read(v.PostForm(v.URL+path, fields))
}

func (v *visitor) code() string {
	v.Helper()
	code, err := totp.GenerateCode(v.secret, v.Clock.Now())
	if err != nil {
		v.Fatal(err)
	}
	return code
}

// hidden finds a hidden field of a page.
func (v *visitor) hidden(page, name string) string {
	v.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		v.Fatalf("the page has no field %s", name)
	}
	return m[1]
}

// join sets a password by the invitation, as a form without scripts does.
func (v *visitor) join() {
	v.Helper()
	status, page := v.get("/invitation?token=" + url.QueryEscape(v.token))
	if status != http.StatusOK {
		v.Fatalf("the invitation answered %d", status)
	}
	m := regexp.MustCompile(`class="secret">([A-Z2-7 ]+)<`).FindStringSubmatch(page)
	if m == nil || !strings.Contains(page, `<svg class="qr"`) {
		v.Fatal("no authenticator is offered")
	}
	v.secret = strings.ReplaceAll(m[1], " ", "")
	form := url.Values{"token": {v.token}, "ticket": {v.hidden(page, "ticket")}, "password": {"short"}, "repeat": {"short"}, "code": {v.code()}}
	if status, page := v.post("/invitation/password", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "too short") || !strings.Contains(page, m[1]) {
		v.Errorf("a weak password: %d, or another authenticator is shown", status)
	}
	form.Set("password", good)
	form.Set("repeat", good)
	if status, page := v.post("/invitation/password", form); status != http.StatusSeeOther {
		v.Fatalf("joining answered %d: %s", status, page)
	}
	v.Clock.Advance(30e9)
}

func (v *visitor) login(code string) (int, string) {
	v.Helper()
	return v.post("/login/password", url.Values{"login": {"ada"}, "password": {good}, "code": {code}, "next": {"/account"}})
}

// Somebody is invited, sets a password and an authenticator up, leaves, and comes back; all of it without scripts.
func TestPassword(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.DutyOfficer)
	v.join()
	if status, page := v.get("/account"); status != http.StatusOK || !strings.Contains(page, "Ada ada") {
		t.Fatalf("after joining: %d", status)
	}
	v.post("/logout", nil)
	if status, _ := v.get("/account"); status != http.StatusSeeOther {
		t.Errorf("after logging out: %d", status)
	}
	if status, page := v.login("000000"); status != http.StatusForbidden || !strings.Contains(page, "does not let anybody in") || !strings.Contains(page, `value="ada"`) {
		t.Errorf("a wrong code: %d", status)
	}
	status, _ := v.login(v.code())
	if status != http.StatusSeeOther {
		t.Fatalf("the log-in answered %d", status)
	}
	if status, page := v.get("/account"); status != http.StatusOK || !strings.Contains(page, "Ada ada") {
		t.Errorf("in: %d", status)
	}
	if status, _ := v.get("/invitation?token=" + url.QueryEscape(v.token)); status != http.StatusForbidden {
		t.Errorf("the used invitation: %d", status)
	}
}

// What is answered to a name that nobody has is what is answered to a wrong password.
func TestSameAnswer(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.DutyOfficer)
	v.join()
	var pages []string
	for _, name := range []string{"ada", "eve"} {
		status, page := v.read(s.Stranger(t).PostForm(s.URL+"/login/password", url.Values{"login": {name}, "password": {"x"}, "code": {"123456"}}))
		pages = append(pages, http.StatusText(status)+strings.ReplaceAll(page, `value="`+name+`"`, ""))
	}
	if pages[0] != pages[1] {
		t.Error("the answers differ")
	}
}

func TestTooMany(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := &visitor{T: t, Station: s, Client: s.Stranger(t)}
	for range 6 {
		v.login("123456")
	}
	res, err := v.PostForm(s.URL+"/login/password", url.Values{"login": {"ada"}, "password": {good}, "code": {"123456"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
}

// A session that was planted does not become somebody's, the cookie is out of reach of scripts, and a page elsewhere cannot log anybody in.
func TestSessionTheft(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.DutyOfficer)
	v.join()
	u, _ := url.Parse(s.URL)
	fixed := s.Stranger(t)
	fixed.Jar.SetCookies(u, []*http.Cookie{{Name: "firehall_session", Value: "planted"}})
	res, err := fixed.PostForm(s.URL+"/login/password", url.Values{"login": {"ada"}, "password": {good}, "code": {v.code()}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	for _, c := range res.Cookies() {
		if !strings.HasPrefix(c.Name, "firehall_lang") && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "") {
			t.Errorf("%+v", c)
		}
		if c.Name == "firehall_session" && (c.Value == "planted" || len(c.Value) < 40) {
			t.Errorf("the session's token is %q", c.Value)
		}
	}
	for _, path := range []string{"/login/password", "/login/passkey/begin", "/login/passkey/finish", "/login/recovery", "/invitation/password", "/login/again", "/account/recovery", "/people"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader("login=ada"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://evil.example")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, _ := v.read(fixed.Do(req)); status != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, status)
		}
	}
}

// ask sends JSON as the script does.
func (v *visitor) ask(path string, in login.Said, out any) int {
	v.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		v.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(v.Context(), http.MethodPost, v.URL+path, strings.NewReader(string(text)))
	u, _ := url.Parse(v.URL)
	req.Host = "localhost:" + u.Port()
	req.Header.Set("Content-Type", "application/json")
	status, body := v.read(v.Do(req))
	if err := json.Unmarshal([]byte(body), out); err != nil {
		v.Fatalf("%s answered %d: %s", path, status, body)
	}
	return status
}

// A passkey is made by an invitation and logs in; a stale session is sent to prove itself first.
func TestPasskey(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.DutyOfficer)
	u, _ := url.Parse(s.URL)
	origin := "http://localhost:" + u.Port()
	var step login.Step
	if status := v.ask("/invitation/passkey/begin", login.Said{Token: v.token}, &step); status != http.StatusOK {
		t.Fatal(status)
	}
	key, answer := credentialtest.New(t, origin, step.Options)
	var end login.End
	if status := v.ask("/invitation/passkey/finish", login.Said{Token: v.token, Ticket: step.Ticket, Name: "key", Answer: answer}, &end); status != http.StatusOK || end.To != "/account" {
		t.Fatal(status, end)
	}
	stranger := &visitor{T: t, Station: s, Client: s.Stranger(t)}
	stranger.ask("/login/passkey/begin", login.Said{}, &step)
	said := login.Said{Ticket: step.Ticket, Answer: key.Use(step.Options), Next: "//evil.example"}
	if status := stranger.ask("/login/passkey/finish", said, &end); status != http.StatusOK || end.To != "/" {
		t.Errorf("%d, to %s", status, end.To)
	}
	var failure login.Failure
	if status := stranger.ask("/login/passkey/finish", said, &failure); status != http.StatusForbidden || failure.Error == "" {
		t.Errorf("a second time: %d, %+v", status, failure)
	}
	s.Clock.Advance(11 * 60e9)
	if status := stranger.ask("/account/passkey/begin", login.Said{}, &failure); status != http.StatusForbidden || !strings.HasPrefix(failure.To, "/login/again?") {
		t.Errorf("stale: %d, %+v", status, failure)
	}
	stranger.ask("/login/again/passkey/begin", login.Said{}, &step)
	if status := stranger.ask("/login/again/passkey/finish", login.Said{Ticket: step.Ticket, Answer: key.Use(step.Options), Next: "/account"}, &end); status != http.StatusOK {
		t.Errorf("again: %d", status)
	}
	if status := stranger.ask("/account/passkey/begin", login.Said{}, &step); status != http.StatusOK {
		t.Errorf("fresh: %d", status)
	}
}

// Recovery codes are shown once, and one lets in who has lost the telephone.
func TestRecovery(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.DutyOfficer)
	v.join()
	status, page := v.post("/account/recovery", nil)
	codes := regexp.MustCompile(`<li>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</li>`).FindAllStringSubmatch(page, -1)
	if status != http.StatusOK || len(codes) != 10 {
		t.Fatalf("%d, %d codes", status, len(codes))
	}
	other := &visitor{T: t, Station: s, Client: s.Stranger(t)}
	form := url.Values{"login": {"ada"}, "password": {good}, "code": {codes[3][1]}}
	if status, _ := other.post("/login/recovery", form); status != http.StatusSeeOther {
		t.Fatalf("a code: %d", status)
	}
	if _, page := other.get("/account"); !strings.Contains(page, "recovery codes was used") || !strings.Contains(page, "9 codes are left") {
		t.Error("the person is not told")
	}
	if status, _ := other.post("/login/recovery", form); status != http.StatusForbidden {
		t.Errorf("the same code again: %d", status)
	}
}

// Who came by a link made at the machine has no account to change.
func TestOwner(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	if page := s.Get(t, "/account"); !strings.Contains(page, "by a link made at the machine") {
		t.Error("the page does not say so")
	}
	if res := s.Post(t, "/account/recovery", nil); res.StatusCode < 400 {
		t.Errorf("recovery codes: %s", res.Status)
	}
}

// What outlasts a session (a token, an invitation, a role) asks for a proof that is not old: a cookie that was stolen is worth its hours only.
func TestWhatOutlastsASession(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	v := newVisitor(t, s, "ada", identity.Manager)
	v.join()
	who, err := s.App.Accounts.Named(t.Context(), s.Actor, "ada")
	if err != nil {
		t.Fatal(err)
	}
	token := url.Values{"name": {"a thief's"}, "scope": {"reports:read"}}
	someone := url.Values{"login": {"eve"}, "role": {"manager"}}
	if status, _ := v.post("/account/tokens", token); status != http.StatusOK {
		t.Errorf("a token with a fresh proof: %d", status)
	}
	if status, _ := v.post("/people", someone); status != http.StatusOK {
		t.Errorf("an invitation with a fresh proof: %d", status)
	}
	v.Clock.Advance(11 * time.Minute)
	for path, fields := range map[string]url.Values{
		"/account/tokens": token, "/people": {"login": {"mallory"}, "role": {"manager"}}, "/people/" + who.ID + "/invite": nil, "/people/" + who.ID + "/reset": nil,
		"/people/" + who.ID + "/roles": {"role": {"manager"}}, "/people/" + who.ID: {"email": {"eve@example.org"}}, "/people/" + who.ID + "/enable": {"reason": {"x"}},
	} {
		res, err := v.PostForm(v.URL+path, fields)
		if status, _ := v.read(res, err); status != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login/again") {
			t.Errorf("%s with an old proof: %d to %s", path, status, res.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/tokens", "/accounts", "/accounts/" + who.ID + "/invitation", "/feeds/x/tokens"} {
		res, err := v.Client.Post(v.URL+"/api/v1"+path, "application/json", strings.NewReader(`{"name":"x","login":"x","scopes":["reports:read"],"roles":["manager"]}`))
		if status, text := v.read(res, err); status != http.StatusForbidden || !strings.Contains(text, "log in once more") {
			t.Errorf("%s by the API with an old proof: %d %s", path, status, text)
		}
	}
	if status, _ := v.get("/api/v1/tokens"); status != http.StatusOK {
		t.Errorf("a list with an old proof: %d", status)
	}
	if list, err := s.App.Accounts.List(t.Context(), s.Actor); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}
