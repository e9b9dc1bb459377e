package tasks_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/test/station"
)

// ask sends a request, and gives the status, where it leads, and the page.
func ask(t *testing.T, s *station.Station, c *http.Client, method, path string, v url.Values) (status int, to, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", s.URL)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

func post(t *testing.T, s *station.Station, path string, v url.Values) (int, string) {
	t.Helper()
	status, _, page := ask(t, s, s.Client, http.MethodPost, path, v)
	return status, page
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func opened(t *testing.T, s *station.Station, restricted bool) incident.Incident {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "Ransom <b>note</b>", Class: "malicious-code", Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func sheet(t *testing.T, s *station.Station, i incident.Incident) playbook.Sheet {
	t.Helper()
	out, err := s.App.Playbooks.Of(t.Context(), s.Actor, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// From a suggestion to work that is done: a playbook is started, a task ended, a question answered, and what hangs on the answer appears.
func TestPlaybookIsWorkedThrough(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/tasks"
	contains(t, s.Get(t, at), "Ransomware.", "The title says “ransom”.", "Ransom &lt;b&gt;note", "No tasks yet")
	if status, _ := post(t, s, at+"/start", url.Values{"book": {"ransomware"}}); status != http.StatusSeeOther {
		t.Fatalf("starting it answers %d", status)
	}
	page := s.Get(t, at)
	contains(t, page, "The playbook runs", "Reach the victim by a safe channel", "<li>Ring a number from our register", "Waits for: Reach the victim", "0 of 12 ended.", "Duty officer")
	first := sheet(t, s, i).Tasks[0]
	if status, _ := post(t, s, at+"/"+first.ID+"/move", url.Values{"action": {"end"}, "version": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("ending it answers %d", status)
	}
	for _, x := range sheet(t, s, i).Tasks {
		if x.Step == "essential" {
			if status, _ := post(t, s, at+"/"+x.ID+"/move", url.Values{"action": {"end"}, "answer": {"yes"}}); status != http.StatusSeeOther {
				t.Errorf("answering it answers %d", status)
			}
		}
	}
	contains(t, s.Get(t, at), "Start the clocks of the law", "2 of 13 ended.")
	status, page := post(t, s, at+"/"+first.ID+"/move", url.Values{"action": {"begin"}})
	if contains(t, page, "from there one cannot begin it"); status != http.StatusConflict {
		t.Errorf("beginning what is done answers %d", status)
	}
	contains(t, s.Get(t, "/incidents/"+i.ID+"/timeline"), "started the playbook", "did: “Reach the victim by a safe channel")
}

// Two people edit the same task: the second sees the first's note beside their own.
func TestTwoPeopleWithOneTask(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/tasks"
	status, page := post(t, s, at, url.Values{"title": {" "}, "note": {"typed in vain?"}})
	if contains(t, page, "typed in vain?"); status != http.StatusUnprocessableEntity {
		t.Errorf("a task without a title answers %d", status)
	}
	post(t, s, at, url.Values{"title": {"Ring the <i>bank</i>"}, "due": {"2026-11-20T10:00"}})
	task := sheet(t, s, i).Tasks[0]
	edit := at + "/" + task.ID + "/edit"
	if status, _ := post(t, s, edit, url.Values{"version": {"1"}, "title": {"Ring the bank"}, "note": {"She *rings* back. <script>"}, "due": {"2026-11-20T10:00"}}); status != http.StatusSeeOther {
		t.Fatalf("the first is answered %d", status)
	}
	status, page = post(t, s, edit, url.Values{"version": {"1"}, "title": {"Ring the bank"}, "note": {"He rang."}})
	if contains(t, page, "She *rings* back.", "He rang.", `name="version" value="2"`); status != http.StatusConflict {
		t.Errorf("the second is answered %d", status)
	}
	page = s.Get(t, at)
	if contains(t, page, "She <em>rings</em> back.", "due-past"); strings.Contains(page, "<script>") {
		t.Error("the note is not harmless")
	}
	post(t, s, at+"/"+task.ID+"/shift", url.Values{"up": {"1"}})
	status, page = post(t, s, at+"/"+task.ID+"/move", url.Values{"action": {"drop"}})
	if contains(t, page, "say why"); status != http.StatusUnprocessableEntity {
		t.Errorf("dropping it without a reason answers %d", status)
	}
}

func TestListOfTheTeam(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	for _, title := range []string{"=1+1", "second", "third"} {
		d := playbook.Draft{Title: title, Due: station.Now.Add(-time.Hour)}
		if title == "third" {
			d.Assignee, d.Due = s.Actor.ID, time.Time{}
		}
		if _, err := s.App.Playbooks.Add(t.Context(), s.Actor, i.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	contains(t, s.Get(t, "/tasks"), "third", i.Ref)
	contains(t, s.Get(t, "/tasks?q=is%3Aoverdue"), "=1+1", "second")
	contains(t, s.Get(t, "/tasks?q=state%3Adone"), "Nothing to do here")
	contains(t, s.Get(t, "/"), "Overdue", "The team’s")
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/tasks/export?q=is%3Aoverdue&format=csv"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][2] != "'=1+1" && rows[2][2] != "'=1+1" {
		t.Errorf("%v, %v", rows, err)
	}
	var list []playbook.Task
	if err := json.Unmarshal([]byte(s.Get(t, "/tasks/export?q=&format=json")), &list); err != nil || len(list) != 3 {
		t.Errorf("%d tasks, %v", len(list), err)
	}
	if status, _, page := ask(t, s, s.Client, http.MethodGet, "/tasks?q=nonsense", nil); status != http.StatusUnprocessableEntity || !strings.Contains(page, `role="alert"`) {
		t.Errorf("a filter that is none answers %d", status)
	}
	status, page := post(t, s, "/tasks/move", url.Values{"action": {"end"}, "id": {list[0].ID, "gone"}, "q": {playbook.Team}})
	if contains(t, page, "1 task changed.", "1 was left as it was.", "gone", "It is not there."); status != http.StatusOK {
		t.Errorf("ending some answers %d", status)
	}
	_, page = post(t, s, "/tasks/move", url.Values{"action": {"end"}, "id": {list[0].ID}, "q": {playbook.Team}})
	contains(t, page, i.Ref+": ", "from there one cannot end it", "#task-"+list[0].ID)
	contains(t, s.Get(t, "/tasks?q="), `value="assign"`, "Assign")
	if status, _ := post(t, s, "/tasks/move", url.Values{"action": {"assign"}, "assignee": {s.Actor.ID}, "id": {list[1].ID, list[2].ID}, "q": {""}}); status != http.StatusSeeOther {
		t.Errorf("giving them away answers %d", status)
	}
	for _, one := range list[1:] {
		if task, err := s.App.Playbooks.Task(t.Context(), s.Actor, one.ID); err != nil || task.Assignee != s.Actor.ID {
			t.Errorf("%s belongs to %q, %v", task.ID, task.Assignee, err)
		}
	}
	post(t, s, "/tasks/move", url.Values{"action": {"drop"}, "reason": {"over"}, "all": {"1"}, "q": {playbook.Team}})
	if left := sheet(t, s, i).Tasks; left[0].State == playbook.Open || left[2].State == playbook.Open {
		t.Errorf("%+v", left)
	}
}

func TestPlaybooksCanBeRead(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	contains(t, s.Get(t, "/playbooks"), "Ransomware", "Data leak", "/playbooks/ddos")
	contains(t, s.Get(t, "/playbooks/ransomware"), "Has data left?", "a question: yes or no", "1 hour after “Has data left?”", "if “Has data left?” is answered yes", "in use")
	if status, _, _ := ask(t, s, s.Client, http.MethodGet, "/playbooks/none", nil); status != http.StatusNotFound {
		t.Errorf("one that is none answers %d", status)
	}
}

// Who may not see an incident finds nothing of its tasks; who may only read can change nothing.
func TestWhoSeesAndDoes(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	hidden, seen := opened(t, s, true), opened(t, s, false)
	task, err := s.App.Playbooks.Add(t.Context(), s.Actor, hidden.ID, playbook.Draft{Title: "planted-secret"})
	if err != nil {
		t.Fatal(err)
	}
	auditor := s.LoginAs(t, "aud", identity.Auditor)
	at := "/incidents/" + hidden.ID + "/tasks"
	if status, _, _ := ask(t, s, auditor, http.MethodGet, at, nil); status != http.StatusNotFound {
		t.Errorf("the tab answers %d", status)
	}
	handler := s.LoginAs(t, "han", identity.IncidentHandler)
	if status, _, _ := ask(t, s, handler, http.MethodPost, at+"/"+task.ID+"/move", url.Values{"action": {"end"}}); status != http.StatusNotFound {
		t.Errorf("a move answers %d", status)
	}
	for _, path := range []string{"/tasks?q=", "/tasks/export?q=&format=json", "/"} {
		if _, _, page := ask(t, s, handler, http.MethodGet, path, nil); strings.Contains(page, "planted-secret") {
			t.Errorf("%s tells of it", path)
		}
	}
	status, _, page := ask(t, s, auditor, http.MethodGet, "/incidents/"+seen.ID+"/tasks", nil)
	if status != http.StatusOK || strings.Contains(page, "Add a task") || strings.Contains(page, "Start it") {
		t.Errorf("an auditor is offered changes (%d)", status)
	}
	if status, _, _ := ask(t, s, auditor, http.MethodPost, "/incidents/"+seen.ID+"/tasks", url.Values{"title": {"x"}}); status != http.StatusForbidden {
		t.Errorf("an auditor's task answers %d", status)
	}
}
