package finder

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/web/shell"
)

var noon = time.Date(2026, 11, 22, 12, 34, 56, 0, time.UTC)

// desk is the pages with a directory behind them that says what a test wants.
type desk struct {
	*testing.T
	url       string
	asked     []string
	answer    team.Answer
	confirmed int
	wrong     []string
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t}
	now := clock.At(noon)
	s := shell.New(shell.Options{Clock: now, Team: "CERT Example", Log: logging.Discard(), Sessions: session.New(session.Options{Clock: now, Log: logging.Discard()})})
	Register(s, Options{
		Clock: now, Team: "CERT Example", Email: "cert@cert.example", Report: true,
		Find: func(_ context.Context, q string) (team.Answer, error) {
			d.asked = append(d.asked, q)
			d.answer.Question = q
			return d.answer, nil
		},
		Follow: d.follow,
		Confirm: func(ctx context.Context, secret, seen string) (team.Entry, error) {
			e, err := d.follow(ctx, secret)
			if err == nil && seen != e.Stamp() {
				err = problem.New(problem.Conflict, "another")
			}
			if err == nil {
				d.confirmed++
			}
			return e, err
		},
		Wrong: func(_ context.Context, _, text string) error {
			d.wrong = append(d.wrong, text)
			return nil
		},
		About: func() About {
			return About{Name: "CERT Example", Email: "cert@cert.example", Address: "Street 1\nTown <script>", Updated: "2026-11-22", Fax: "+12025550100"}
		},
		Sign: func(text string) (string, error) { return "signed:\n" + text, nil },
		Security: func(at time.Time) (string, error) {
			return SecurityFile{Contact: []string{"mailto:cert@cert.example"}, For: 90 * 24 * time.Hour}.Text(at), nil
		},
		Key: func(domain, hash string) ([]byte, error) {
			if hash != KeyName("cert") || domain != "" && domain != "cert.example" {
				return nil, problem.New(problem.NotFound, "no")
			}
			return []byte("key"), nil
		},
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *desk) follow(_ context.Context, secret string) (team.Entry, error) {
	if secret != "good" {
		return team.Entry{}, problem.New(problem.NotFound, "no")
	}
	e := team.Entry{Organisation: constituency.Organisation{Name: `<b>CERT</b> & "Co"`}}
	e.Contacts = []constituency.Contact{{Address: "a@b.example", Purpose: constituency.Security}}
	return e, nil
}

func (d *desk) do(res *http.Response, err error) (int, string) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		d.Fatal(err)
	}
	if len(res.Cookies()) > 0 {
		d.Errorf("a cookie: %v", res.Cookies())
	}
	return res.StatusCode, string(body)
}

func (d *desk) get(path string) (int, string) {
	d.Helper()
	return d.do(http.Get(d.url + path))
}

func TestFindPage(t *testing.T) {
	d := open(t)
	d.answer = team.Answer{
		About: "address", Country: "FI", ASN: 64500,
		Teams: []team.Card{{
			Name: `<script>alert(1)</script>`, Country: "FI", Why: team.ByPatch, Network: "203.0.113.0/24", Website: "javascript:alert(1)", Languages: []string{"fi", "xx-!"},
			Mail: []team.Mailbox{{Address: "a@b.example", Key: "0123456789abcdef0123456789abcdef01234567"}}, Phones: []string{"+358 29 1"}, Memberships: []team.Membership{team.FIRST},
		}},
	}
	status, page := d.get("/teams?q=203.0.113.7")
	for _, want := range []string{"&lt;script&gt;alert(1)", "It answers for 203.0.113.0/24", "Finland", "AS64500", "mailto:a@b.example", "0123 4567 89AB", "tel:+358291", "Finnish", "FIRST", `value="203.0.113.7"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if status != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, `href="javascript`) {
		t.Errorf("%d, or a script", status)
	}
	if _, page = d.get("/teams?q=203.0.113.7&lang=fr"); !strings.Contains(page, "Finlande") || !strings.Contains(page, `lang="fr"`) || !strings.Contains(page, "finnois") {
		t.Error("it is not in French")
	}
}

func TestWhereNoTeamIs(t *testing.T) {
	d := open(t)
	for name, tt := range map[string]struct {
		answer team.Answer
		want   []string
	}{
		"nothing asked": {team.Answer{About: "nothing"}, []string{"Country, network or name"}},
		"ours":          {team.Answer{About: "country", Us: true}, []string{"tell CERT Example", `href="/report"`}},
		"a claim":       {team.Answer{About: "country", Teams: []team.Card{{Name: "Loud", Why: team.ForNation}}, Fallback: []team.Card{{Name: "Police", Why: team.Beside}}}, []string{"We have not checked", "An authority of this country."}},
		"an authority":  {team.Answer{About: "country", Fallback: []team.Card{{Name: "Police", Why: team.Fallback}}}, []string{"We know of no team", "An authority of this country"}},
		"nobody":        {team.Answer{About: "country"}, []string{"no authority of the country", "we pass it on"}},
		"no name":       {team.Answer{About: "name"}, []string{"no team with such a name"}},
		"of a country":  {team.Answer{About: "country", Others: []team.Card{{Name: "Bank CSIRT", Why: team.InCountry}}}, []string{"Other teams in this country", "Bank CSIRT"}},
	} {
		d.answer = tt.answer
		_, page := d.get("/teams?q=x")
		for _, want := range tt.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is not on the page", name, want)
			}
		}
	}
	d.asked = nil
	if status, page := d.get("/teams?q=" + strings.Repeat("x", longest+1)); status != http.StatusUnprocessableEntity || !strings.Contains(page, "too long") || len(d.asked) > 0 {
		t.Errorf("too long: %d", status)
	}
}

// Looking changes nothing; the button does.
func TestConfirmPage(t *testing.T) {
	d := open(t)
	status, page := d.get("/teams/confirm/good")
	if status != http.StatusOK || !strings.Contains(page, "&lt;b&gt;CERT&lt;/b&gt;") || !strings.Contains(page, "a@b.example") || d.confirmed != 0 {
		t.Errorf("%d, %d confirmed", status, d.confirmed)
	}
	if status, _ = d.get("/teams/confirm/bad"); status != http.StatusNotFound {
		t.Errorf("a bad link: %d", status)
	}
	if status, page = d.do(http.PostForm(d.url+"/teams/confirm/good", url.Values{"do": {"wrong"}, "text": {" "}})); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Write what is wrong") {
		t.Errorf("nothing written: %d", status)
	}
	if _, page = d.do(http.PostForm(d.url+"/teams/confirm/good", url.Values{"do": {"wrong"}, "text": {"new mail"}})); len(d.wrong) != 1 || d.confirmed != 0 || !strings.Contains(page, "A person of ours") {
		t.Errorf("%v", d.wrong)
	}
	for _, seen := range []url.Values{{"do": {"right"}}, {"do": {"right"}, "seen": {"old"}}} {
		if status, page = d.do(http.PostForm(d.url+"/teams/confirm/good", seen)); status != http.StatusConflict || d.confirmed != 0 ||
			!strings.Contains(page, "Nothing is confirmed") || !strings.Contains(page, "a@b.example") || !strings.Contains(page, `name="do" value="right"`) {
			t.Errorf("%v: %d, %d confirmed", seen, status, d.confirmed)
		}
	}
	_, seen, _ := strings.Cut(page, `name="seen" value="`)
	seen, _, _ = strings.Cut(seen, `"`)
	if _, page = d.do(http.PostForm(d.url+"/teams/confirm/good", url.Values{"do": {"right"}, "seen": {seen}})); d.confirmed != 1 || !strings.Contains(page, "Thank you") {
		t.Errorf("%d confirmed", d.confirmed)
	}
}

func TestWellKnown(t *testing.T) {
	d := open(t)
	for path, tt := range map[string]struct {
		status int
		want   string
	}{
		"/rfc2350":                                    {200, "2.2 Address"},
		"/rfc2350.txt":                                {200, "    Street 1\n    Town <script>\n\n2.5 Facsimile Number\n"},
		"/.well-known/security.txt":                   {200, "Contact: mailto:cert@cert.example\nExpires: 2027-02-20T00:00:00Z\n"},
		"/.well-known/openpgpkey/policy":              {200, ""},
		"/.well-known/openpgpkey/cert.example/policy": {200, ""},
		"/.well-known/openpgpkey/hu/" + KeyName("CERT") + "?l=cert":            {200, "key"},
		"/.well-known/openpgpkey/Cert.Example/hu/" + KeyName("cert") + "?l=x":  {200, "key"},
		"/.well-known/openpgpkey/other.example/hu/" + KeyName("cert") + "?l=x": {404, ""},
		"/.well-known/openpgpkey/hu/nobody":                                    {404, ""},
	} {
		if status, body := d.get(path); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if _, page := d.get("/rfc2350"); strings.Contains(page, "<script") || !strings.Contains(page, "Town &lt;script&gt;") {
		t.Error("the address is taken for HTML")
	}
}

// The draft's own example: Joe.Doe@example.org.
func TestKeyName(t *testing.T) {
	if got := KeyName("Joe.Doe"); got != "iy9q119eutrkn8s1mk4r39qejnbu3n5q" {
		t.Error(got)
	}
}

func TestSecurityFile(t *testing.T) {
	f := SecurityFile{
		Contact: []string{"mailto:a@b.example", "https://b.example/report"}, Languages: []string{"en", "fi"}, Encryption: "https://b.example/key", Policy: "https://b.example/policy\nContact: mailto:evil@c.example",
		Canonical: "https://b.example/.well-known/security.txt", For: 24 * time.Hour,
	}
	want := "Contact: mailto:a@b.example\nContact: https://b.example/report\nExpires: 2026-11-23T00:00:00Z\nEncryption: https://b.example/key\n" +
		"Preferred-Languages: en, fi\nCanonical: https://b.example/.well-known/security.txt\nPolicy: https://b.example/policyContact: mailto:evil@c.example\n"
	if got := f.Text(noon); got != want {
		t.Error(got)
	}
}

func TestPace(t *testing.T) {
	d := open(t)
	last := 0
	for range askedAtOnce + 1 {
		last, _ = d.get("/.well-known/openpgpkey/policy")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after %d at once: %d", askedAtOnce, last)
	}
}

func TestUnseen(t *testing.T) {
	for path, want := range map[string]bool{
		"/teams": true, "/teams/confirm/x": true, "/rfc2350": true, "/rfc2350.txt": true, "/.well-known/security.txt": true, "/.well-known/openpgpkey/hu/x": true, "/teamsters": false, "/directory": false,
	} {
		if Unseen(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}
