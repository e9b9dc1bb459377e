package notifications_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

// body is what a response says.
func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// post posts a form, and wants to be led on.
func post(t *testing.T, s *station.Station, path string, v url.Values) string {
	t.Helper()
	res := s.Post(t, path, v)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s answered %s: %.600s", path, res.Status, body(t, res))
	}
	return res.Header.Get("Location")
}

// first gives the newest message in a state.
func first(t *testing.T, s *station.Station, state delivery.State) delivery.Delivery {
	t.Helper()
	p, err := s.App.Delivery.List(t.Context(), s.Actor, delivery.Query{State: state, Request: core.Request{Limit: 1}})
	if err != nil || len(p.Items) == 0 {
		t.Fatalf("no message is %s: %v", state, err)
	}
	return p.Items[0]
}

func TestWhatWaitsIsApproved(t *testing.T) {
	s := station.Open(t, station.Options{Planned: true})
	list := s.Get(t, "/notifications")
	if !strings.Contains(list, "Look, and approve all") || !strings.Contains(list, "feed ") {
		t.Fatalf("the list does not say what waits: %.3000s", list)
	}
	ask := s.Get(t, "/notifications/approve")
	if !strings.Contains(ask, "It lets ") || !strings.Contains(ask, `name="`) && !strings.Contains(ask, "<form") {
		t.Fatal("nothing says what an approval lets go")
	}
	if to := post(t, s, "/notifications/approve", nil); to != "/notifications?view=planned" {
		t.Errorf("led to %s", to)
	}
	if planned := s.Get(t, "/notifications?view=planned"); strings.Contains(planned, "Nothing would go now") {
		t.Error("what was approved does not go")
	}
}

func TestAnOrganisationsMessageIsWrittenOut(t *testing.T) {
	s := station.Open(t, station.Options{Planned: true})
	href := regexp.MustCompile(`/notifications/preview\?organisation=[^"]+`).FindString(s.Get(t, "/notifications"))
	if href == "" {
		t.Fatal("no message can be read")
	}
	page := s.Get(t, strings.ReplaceAll(href, "&amp;", "&"))
	if !strings.Contains(page, `<pre class="pre"`) || !strings.Contains(page, ".csv") {
		t.Errorf("the message is not there: %.3000s", page)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("%d messages were made", n)
	}
}

func count(t *testing.T, s *station.Station) (n int64) {
	t.Helper()
	o, err := s.App.Delivery.Count(t.Context(), s.Actor)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.States {
		n += c
	}
	return n
}

func TestSendNowIsAJob(t *testing.T) {
	s := station.Open(t, station.Options{Planned: true})
	post(t, s, "/notifications/approve", nil)
	to := post(t, s, "/notifications/send", nil)
	if !strings.HasPrefix(to, "/notifications/runs/") {
		t.Fatalf("led to %s", to)
	}
	if page := s.Get(t, to); !strings.Contains(page, "data-stream") {
		t.Error("the page does not watch the run")
	}
	if list := s.Get(t, "/jobs"); !strings.Contains(list, "Send messages now") {
		t.Error("the job is not in the queue")
	}
}

func TestEveryViewOpens(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	for _, view := range []string{"waiting", "planned", "held", "queued", "sent", "doubt", "failed", "cancelled", "batches", "tasks", "tasks&all=1", "no-such"} {
		if page := s.Get(t, "/notifications?view="+view); !strings.Contains(page, "<h1>Notifications</h1>") {
			t.Errorf("%s is no page", view)
		}
	}
	if page := s.Get(t, "/notifications?state=accepted"); !strings.Contains(page, `href="/notifications/`) {
		t.Error("the state in the URL is not heeded")
	}
	if page := s.Get(t, "/notifications?view=sent&address=nobody@nowhere.example"); !strings.Contains(page, "Nothing fits") {
		t.Error("the filter is not heeded")
	}
}

func TestOneMessageExactlyAsItWent(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	d := first(t, s, delivery.Delivered)
	page := s.Get(t, "/notifications/"+d.ID)
	for _, want := range []string{d.Address, d.Ticket, "Message-Id", "Why it may be told", "Findings that it tells of", "/parts/", "byte for byte"} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	res, err := s.Client.Get(s.URL + "/notifications/message/" + d.ID + "/source")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := s.App.Delivery.Bytes(t.Context(), s.Actor, d.ID)
	if err != nil || body(t, res) != string(raw) {
		t.Errorf("not the bytes that were sent: %v", err)
	}
	for name, want := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"} {
		if got := res.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if res, err := s.Client.Get(s.URL + "/notifications/message/" + d.ID + "/parts/99"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a part that is not there: %v, %v", res.Status, err)
	}
}

func TestMessagesAreMovedTogether(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	d := first(t, s, delivery.Queued) // webhooks, which are stopped
	res := s.Post(t, "/notifications/act", url.Values{"id": {d.ID}, "action": {"cancel"}})
	if res.StatusCode != http.StatusUnprocessableEntity && res.StatusCode != http.StatusBadRequest {
		t.Errorf("cancelled without a reason: %s", res.Status)
	}
	post(t, s, "/notifications/act", url.Values{"all": {"1"}, "q": {"view=queued"}, "action": {"cancel"}, "reason": {"<script>no</script>"}})
	o, err := s.App.Delivery.Count(t.Context(), s.Actor)
	if err != nil || o.States[delivery.Queued] != 0 || o.States[delivery.Cancelled] == 0 {
		t.Errorf("%v, %v", o.States, err)
	}
	if page := s.Get(t, "/notifications/"+d.ID); strings.Contains(page, "<script>no") || !strings.Contains(page, "&lt;script&gt;no") {
		t.Error("the reason is not shown as text")
	}
}

func TestAWrongBatchIsCorrected(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	d := first(t, s, delivery.Delivered)
	path := "/notifications/batches/" + d.Batch
	if page := s.Get(t, path); !strings.Contains(page, "See whom it would go to") || !strings.Contains(page, d.Address) {
		t.Fatal("the batch does not say what went to whom")
	}
	if res := s.Post(t, path+"/correct", url.Values{"text": {" "}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no words: %s", res.Status)
	}
	before := count(t, s)
	for _, action := range []string{"", "send"} { // everybody reads the same words
		res := s.Post(t, path+"/correct", url.Values{"text": {"It was " + d.Address + "."}, "action": {action}})
		if page := body(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "may not know") || count(t, s) != before {
			t.Errorf("words that name somebody: %s", res.Status)
		}
	}
	words := "The times were one hour off. <b>Sorry.</b>"
	look := body(t, s.Post(t, path+"/correct", url.Values{"text": {words}}))
	if !strings.Contains(look, "Send the correction") || !strings.Contains(look, d.Address) || count(t, s) != before {
		t.Fatal("the preview does not say to whom, or sends")
	}
	post(t, s, path+"/correct", url.Values{"text": {words}, "action": {"send"}})
	if count(t, s) == before {
		t.Error("nobody is corrected")
	}
	if page := s.Get(t, path); !strings.Contains(page, "Corrected by") || strings.Contains(page, "<b>Sorry") {
		t.Error("the correction is not shown, or not as text")
	}
}

func TestTasksAreDone(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	tasks, err := s.App.Queue.List(t.Context(), s.Actor, false, 0)
	if err != nil || len(tasks) == 0 {
		t.Fatal("no task is open", err)
	}
	post(t, s, "/notifications/tasks", url.Values{"id": {tasks[0].ID}, "outcome": {"called <them>"}})
	if page := s.Get(t, "/notifications?view=tasks&all=1"); !strings.Contains(page, "called &lt;them&gt;") {
		t.Error("the outcome is not shown")
	}
}

func TestHostileTextStaysText(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	for _, path := range []string{"/notifications", "/notifications?view=held", "/notifications/approve", "/notifications?" + url.Values{"organisation": {station.Hostile[0]}}.Encode()} {
		page := s.Get(t, path)
		for _, bad := range []string{`<script>document`, `<img src=x`, `href="javascript:`} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %s", path, bad)
			}
		}
	}
	if res := s.Post(t, "/notifications/act", url.Values{"id": {strings.Repeat("x", 900<<10)}, "action": {"retry"}}); res.StatusCode < 400 {
		t.Errorf("a huge id: %s", res.Status)
	}
}
