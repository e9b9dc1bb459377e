package sharing_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	room "github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/test/station"
)

// Objects of the station's fellow teams, by the numbers that it gives them.
const (
	takenBack = "indicator--00000000-0000-4000-8000-000000000001" // whose maker took it back
	keptAsWas = "indicator--00000000-0000-4000-8000-000000000003"
	lost      = "indicator--00000000-0000-4000-8000-000000000004" // kept, and taken out of its collection all the same
)

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(string(text))
}

// holds fails the test unless a page says all of this.
func holds(t *testing.T, page string, texts ...string) {
	t.Helper()
	page = html.UnescapeString(page)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q: %s", text, page)
		}
	}
}

// What somebody keeps is listed, kept and let go, each with a reason; what lacks something is asked for again, and nothing typed is lost.
func TestKeeping(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	holds(t, s.Get(t, "/sharing/kept"), "3 rows", "The court of Bouvet asked for it", "CERT Bouvet", "nothing of it is left", lost)
	holds(t, s.Get(t, "/sharing/objects/"+keptAsWas), "Kept by", "The court of Bouvet asked for it", "Let go")
	holds(t, s.Get(t, "/sharing/objects/"+takenBack), "Its time counts", "Keep it")

	for _, tt := range []struct {
		name   string
		fields url.Values
		says   []string
	}{
		{"no reason", url.Values{"object": {takenBack}, "reason": {" "}}, []string{`value="` + takenBack + `"`, `id="field-reason-wrong"`, "Say why"}},
		{"a long reason", url.Values{"object": {takenBack}, "reason": {strings.Repeat("w", room.MaxReason+1)}}, []string{strings.Repeat("w", room.MaxReason+1), "Say why"}},
		{"no object", url.Values{"reason": {"a court"}}, []string{"Say which object", ">\na court</textarea>"}},
		{"another object", url.Values{"object": {`"><script>x--1`}, "reason": {"a court"}}, []string{"No object of this id", ">\na court</textarea>"}},
	} {
		res := s.Post(t, "/sharing/kept", tt.fields)
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(string(page), "<script>x") {
			t.Errorf("%s: %s, %v", tt.name, res.Status, err)
		}
		holds(t, string(page), tt.says...)
	}

	res := s.Post(t, "/sharing/kept", url.Values{"object": {takenBack}, "reason": {"case <b>7</b>"}, "from": {"object"}})
	if at := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || at != "/sharing/objects/"+takenBack {
		t.Errorf("keep: %s, %s", res.Status, at)
	}
	if page := s.Get(t, "/sharing/kept"); !strings.Contains(page, "case &lt;b&gt;7&lt;/b&gt;") {
		t.Errorf("the reason is not shown, or not as text: %s", page)
	}
	res = s.Post(t, "/sharing/kept/let-go", url.Values{"object": {takenBack}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("let go without a reason: %s", res.Status)
	}
	holds(t, body(t, res), "Let it go?", `name="object" value="`+takenBack+`"`, "Say why")
	for _, object := range []string{takenBack, lost} {
		if res := s.Post(t, "/sharing/kept/let-go", url.Values{"object": {object}, "reason": {"it is over"}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("let go: %s", res.Status)
		}
	}
	if res := s.Post(t, "/sharing/kept/let-go", url.Values{"object": {takenBack}, "reason": {"again"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("let go twice: %s", res.Status)
	}
	holds(t, s.Get(t, "/sharing/kept"), "2 rows")
}

// What has had its time is counted with what stays and why, and erased by a button.
func TestExpiry(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	holds(t, s.Get(t, "/sharing/erase"), "730 days", "objects that their makers took back", "somebody keeps it", "2 objects wait for it")
	holds(t, s.Get(t, "/sharing/erase"), "Nothing was ordered lately.")
	at := ordered(t, s, "/sharing/erase", nil)
	holds(t, s.Get(t, at), "Waits to begin", "0 things were erased; 0 stayed.", `data-stream="`+at+`/progress"`, "duty", "Erase what has had its time")
	if again := ordered(t, s, "/sharing/erase", nil); again != at {
		t.Errorf("a second click is another order: %s, %s", again, at)
	}
	s.Work(t)
	holds(t, ended(t, s, at), "1 thing was erased; 1 stayed.", "What went", "objects that their makers took back", "somebody keeps it")
	holds(t, s.Get(t, "/sharing/erase"), "1 thing was erased; 1 stayed.", "Nothing goes.", "somebody keeps it", at)
	whole, err := s.App.Sharing.Look(t.Context(), s.Actor, takenBack)
	if err != nil || len(whole.Versions) != 1 {
		t.Errorf("%d versions are left, %v", len(whole.Versions), err)
	}
	holds(t, ended(t, s, ordered(t, s, "/sharing/replay", nil)), "2 objects were handed on.")
	holds(t, s.Get(t, "/sharing/erase"), "2 objects were handed on.", "Nothing is left to be handed on.")
}

// ordered orders something, and gives its page.
func ordered(t *testing.T, s *station.Station, path string, fields url.Values) string {
	t.Helper()
	res := s.Post(t, path, fields)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/sharing/orders/") {
		t.Fatalf("POST %s: %s, %s", path, res.Status, at)
	}
	return at
}

// ended follows an order by its stream until it has ended, and gives its page then.
func ended(t *testing.T, s *station.Station, at string) string {
	t.Helper()
	res, err := s.Client.Get(s.URL + at + "/progress")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text := body(t, res) // the stream ends with the order
	if res.StatusCode != http.StatusOK || !strings.Contains(text, "event: progress") || !strings.Contains(text, "tone-good") || !strings.Contains(text, `href="/sharing/`) {
		t.Errorf("%s: %s %s", at, res.Status, text)
	}
	page := s.Get(t, at)
	if strings.Contains(page, "data-stream=\""+at) {
		t.Errorf("%s is watched on: %s", at, page)
	}
	return page
}

// An order that fails says so with its job, which those see who may; another's page is not found.
func TestOrderThatFails(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	at := ordered(t, s, "/sharing/erase", nil)
	job := strings.TrimPrefix(at, "/sharing/orders/")
	if err := s.App.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE job SET state = 'dead', error = $2 WHERE id = $1`, job, `the <b>disk</b> is full`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page := s.Get(t, at)
	holds(t, page, "Failed", "the <b>disk</b> is full", `href="/jobs/`+job+`"`)
	if strings.Contains(page, "<b>disk") {
		t.Errorf("an error is not shown as text: %s", page)
	}
	holds(t, s.Get(t, "/jobs/"+job), `href="`+at+`"`, "Erase what has had its time")
	if err := s.App.JobDesk().Discard(t.Context(), s.Actor, job, "not now"); err != nil {
		t.Fatal(err)
	}
	holds(t, s.Get(t, at), "Given up")
	for _, end := range []string{"", "/progress"} {
		res, err := s.Client.Get(s.URL + "/sharing/orders/nobody" + end)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != http.StatusNotFound {
			t.Errorf("no order%s: %s", end, res.Status)
		}
	}
}

// What a team gave is counted first, by its name or id and of one object or all; it goes with a reason, and what must stay stays.
func TestErasure(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	for query, says := range map[string]string{
		"organisation=":                                                    "Say which team.",
		"organisation=Nobody":                                              "Nobody of this name or id",
		"organisation=Polar+Campus+CSIRT":                                  "Nothing that this team gave",
		"organisation=CERT+Heard&object=indicator--x":                      "Nothing of this id",
		"organisation=" + url.QueryEscape(`"><script>x`):                   "Nobody of this name or id",
		"organisation=" + url.QueryEscape("\x00"+"CERT"):                   "Nobody of this name or id",
		"organisation=CERT+Heard&object=" + url.QueryEscape(`"><script>x`): "Nothing of this id",
	} {
		res, err := s.Client.Get(s.URL + "/sharing/erase/team?" + query)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(string(page), "<script>x") {
			t.Errorf("%s: %s, %v", query, res.Status, err)
		}
		holds(t, string(page), says)
	}
	holds(t, s.Get(t, "/sharing/erase/team?organisation=cert+bouvet&object="+takenBack), "What CERT Bouvet gave", takenBack, "2 things are erased at once")
	page := s.Get(t, "/sharing/erase/team?organisation=CERT+Bouvet")
	holds(t, page, "all of theirs", "objects that they gave", "things that had been set aside", "an open report or incident rests on it", "somebody keeps it")
	_, rest, _ := strings.Cut(page, `name="organisation" value="`)
	id, _, _ := strings.Cut(rest, `"`)

	res := s.Post(t, "/sharing/erase/team", url.Values{"organisation": {id}, "object": {takenBack}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %s", res.Status)
	}
	holds(t, body(t, res), "Say why", `name="object" value="`+takenBack+`"`)
	s.Work(t)
	for _, object := range []string{takenBack, ""} {
		page := ended(t, s, ordered(t, s, "/sharing/erase/team", url.Values{"organisation": {id}, "object": {object}, "reason": {"they <b>asked</b>"}}))
		holds(t, page, "CERT Bouvet", "they <b>asked</b>", "objects that they gave", "stayed.")
		if strings.Contains(page, "<b>asked") {
			t.Errorf("the reason is not shown as text: %s", page)
		}
	}
	holds(t, s.Get(t, "/sharing/erase"), "stayed.", takenBack)
	left := s.Get(t, "/sharing/erase/team?organisation="+id)
	holds(t, left, "Nothing goes.", "somebody keeps it")
	if strings.Contains(left, `name="reason"`) {
		t.Error("what cannot go can be erased")
	}
	if res := s.Post(t, "/sharing/erase/team", url.Values{"organisation": {id}, "object": {"indicator--x"}, "reason": {"they asked"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("nothing: %s", res.Status)
	}
	if res := s.Post(t, "/sharing/erase/team", url.Values{"reason": {"they asked"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nobody's: %s", res.Status)
	}
}

// Who only reads sees what is kept and what would go, and changes nothing; a volunteer sees neither.
func TestWhoMayErase(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	pages := []string{"/sharing/kept", "/sharing/erase", "/sharing/erase/team?organisation=CERT+Bouvet", "/sharing/objects/" + takenBack}
	posts := []string{"/sharing/kept", "/sharing/kept/let-go", "/sharing/erase", "/sharing/erase/team", "/sharing/replay"}
	fields := url.Values{"object": {keptAsWas}, "organisation": {"x"}, "reason": {"why"}}
	s.Client = s.LoginAs(t, "eve", identity.Auditor)
	for _, path := range pages {
		if page := s.Get(t, path); strings.Contains(page, `name="reason"`) || strings.Contains(page, `action="/sharing/erase"`) || strings.Contains(page, `action="/sharing/replay"`) {
			t.Errorf("%s offers an auditor what they may not do", path)
		}
	}
	for _, path := range posts {
		if res := s.Post(t, path, fields); res.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s as an auditor: %s", path, res.Status)
		}
	}
	s.Client = s.LoginAs(t, "vera", identity.Volunteer)
	for _, path := range pages {
		res, err := s.Client.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s as a volunteer: %s", path, res.Status)
		}
	}
	s.Client = s.LoginAs(t, "lia", identity.Liaison)
	if res := s.Post(t, "/sharing/kept/let-go", fields); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a liaison may not let go: %s", res.Status)
	}
}

// What was set aside since there were too many that day is called by its name, and becomes a report.
func TestTakeIn(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	page := s.Get(t, "/sharing/aside")
	holds(t, page, "Mail of a bank that is none", "Label too strict", tlp.Red.String(), "Unknown marking", "From the future", "Outside of the agreement", "their server (bouvet)", "reports from incidents")
	if n := strings.Count(page, `/take"`); n != 2 {
		t.Errorf("%d can be taken in", n)
	}
	id := func(end string) string {
		before, _, _ := strings.Cut(page, end)
		return before[strings.LastIndex(before, "/")+1:]
	}
	res := s.Post(t, "/sharing/aside/"+id(`/take"`)+"/take", nil)
	if at := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/reports/") {
		t.Fatalf("take: %s, %s", res.Status, at)
	} else {
		holds(t, s.Get(t, at), "Scans of the weather stations", "CERT Bouvet")
	}
	res = s.Post(t, "/sharing/aside/"+id(`/take"`)+"/take", nil)
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("twice: %s", res.Status)
	}
	holds(t, body(t, res), "it is off the list already", "Mail of a bank that is none")
	_, page, _ = strings.Cut(page, "Label too strict")
	res = s.Post(t, "/sharing/aside/"+id(`/dismiss"`)+"/take", nil)
	if res.StatusCode != http.StatusConflict {
		t.Errorf("another kind: %s", res.Status)
	}
	holds(t, body(t, res), "Only an incident that came on a day with too many of them")
}
