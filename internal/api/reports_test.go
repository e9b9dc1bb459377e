package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

// reported is a report that was just sent.
func (c *caller) reported(o object) (id string) {
	c.Helper()
	if o["text"] == nil {
		o["text"] = "Something happened at 192.0.2.7."
	}
	var made object
	c.want(http.StatusCreated, http.MethodPost, "/reports", o, &made)
	return made["id"].(string)
}

// code asks for something that is to be answered with a status, and gives the answer.
func (c *caller) code(status int, method, path string, body any) object {
	c.Helper()
	var out object
	if status == http.StatusNoContent {
		c.want(status, method, path, body, nil)
		return nil
	}
	c.want(status, method, path, body, &out)
	return out
}

func TestReportsByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	made := c.code(201, "POST", "/reports", object{"subject": "Ransom", "text": "Help", "reporter": object{"email": "zoe@city.example"}, "answers": object{"urgent": true}})
	id, ref := made["id"].(string), made["ref"].(string)
	if one := c.code(200, "GET", "/reports/"+ref, nil); one["id"] != id || one["text"] != "Help" || one["tlp"] != "TLP:AMBER" || made["code"] != nil {
		t.Errorf("%v", one)
	}
	if one := c.code(200, "PATCH", "/reports/"+id, object{"version": 1, "class": "fraud", "severity": "high", "tlp": "TLP:RED"}); one["class"] != "fraud" || one["severity"] != "high" {
		t.Errorf("%v", one)
	}
	c.code(409, "PATCH", "/reports/"+id, object{"version": 1, "class": "other"})
	c.code(422, "PATCH", "/reports/"+id, object{"version": 2, "class": "nonsense"})
	c.code(200, "POST", "/reports/"+id+"/moves", object{"move": "take"})
	if m := c.code(200, "POST", "/reports/"+id+"/moves", object{"move": "take"}); fmt.Sprint(m["unmoved"]) != fmt.Sprintf("[map[id:%s why:state]]", id) {
		t.Errorf("%v", m)
	}
	c.code(422, "POST", "/reports/"+id+"/moves", object{"move": "reject"}) // without a reason
	c.code(200, "PUT", "/reports/"+id+"/assignee", object{"account": "os:1000"})
	if l := c.list("/reports?q=" + url.QueryEscape("is:mine ransom")); len(l.Items) != 1 || l.Items[0]["id"] != id {
		t.Errorf("%v", l)
	}
	if l := c.list("/suggest?q=rans"); len(l.Items) != 1 || l.Items[0]["ref"] != ref {
		t.Errorf("%v", l)
	}
	m := c.code(201, "POST", "/reports/"+id+"/replies", object{"text": "We are on it."})
	if m["delivery"] == "" || m["direction"] != "out" {
		t.Errorf("%v", m)
	}
	twin := c.reported(object{"subject": "Ransom again"})
	c.code(200, "POST", "/reports/"+id+"/duplicates", object{"ids": []string{twin}})
	c.code(204, "POST", "/reports/"+twin+"/unmerge", object{"reason": "another"})
	c.code(409, "POST", "/reports/"+twin+"/hand-back", object{"reason": "not ours"})
	due := station.Now.Add(time.Hour)
	f := c.code(201, "POST", "/reports/"+twin+"/referrals", object{"to": object{"name": "Peer"}, "reason": "theirs", "due": due})
	c.code(204, "POST", "/referrals/"+f["id"].(string)+"/answer", object{"outcome": "they act"})
	c.code(409, "POST", "/referrals/"+f["id"].(string)+"/answer", object{"outcome": "again"})
	c.code(200, "POST", "/reports/moves", object{"ids": []string{id, twin}, "move": "resolve"})
	c.code(204, "POST", "/reports/"+twin+"/erase", object{"reason": "their wish"})
	if one := c.code(200, "GET", "/reports/"+twin, nil); one["erased"] != true || one["text"] != "" {
		t.Errorf("%v", one)
	}
	if l := c.list("/reports-passed"); len(l.Items) != 0 {
		t.Errorf("%v", l)
	}
}

func TestNeitherLosesText(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{})
	i := c.code(201, "POST", "/incidents", object{"title": "A flood"})
	note := c.code(201, "POST", "/reports/"+id+"/notes", object{"text": "first"})["id"].(string)
	c.code(200, "PUT", "/notes/"+note, object{"text": "theirs", "version": 1})
	c.code(200, "PATCH", "/incidents/"+i["id"].(string), object{"summary": "theirs", "version": 1})
	c.code(200, "PUT", "/reports/"+id+"/significance", object{"version": 0, "economy": object{"yes": true, "reason": "theirs"}})
	definition := c.code(200, "GET", "/definition", nil)
	if definition["text"] == "" || definition["version"] != 0.0 {
		t.Errorf("%v", definition)
	}
	c.code(200, "PUT", "/definition", object{"text": "theirs", "version": 0})
	for _, tt := range []struct {
		field, method, path string
		body                object
	}{
		{"note", "PUT", "/notes/" + note, object{"text": "yours", "version": 1}},
		{"summary", "PATCH", "/incidents/" + i["id"].(string), object{"summary": "yours", "version": 1}},
		{"significance test", "PUT", "/reports/" + id + "/significance", object{"version": 0, "economy": object{"yes": true, "reason": "yours"}}},
		{"definition", "PUT", "/definition", object{"text": "yours", "version": 0}},
	} {
		got := c.code(409, tt.method, tt.path, tt.body)
		clash, _ := got["clash"].(map[string]any)
		if clash["field"] != tt.field || !strings.Contains(fmt.Sprint(clash["yours"]), "yours") || !strings.Contains(fmt.Sprint(clash["theirs"]), "theirs") || clash["version"].(float64) < 1 || got["detail"] == "" {
			t.Errorf("%s: %v", tt.field, got)
			continue
		}
		tt.body["version"] = clash["version"]
		c.code(200, tt.method, tt.path, tt.body)
	}
}

func TestReportsAreOneUnderAKey(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	c.header.Set("Idempotency-Key", "k1")
	secret := object{"text": "The minister.", "confidential": true}
	first, again := c.code(201, "POST", "/reports", secret), c.code(201, "POST", "/reports", secret)
	if first["id"] != again["id"] || first["code"] != again["code"] || first["code"] == nil {
		t.Errorf("%v, then %v", first, again)
	}
	c.Client = c.LoginAs(t, "bob", identity.IncidentHandler)
	if other := c.code(201, "POST", "/reports", secret); other["id"] == first["id"] {
		t.Error("a key is everybody's")
	}
	c.header = http.Header{}
	if l := c.list("/reports"); len(l.Items) != 2 || l.Items[0]["subject"] != "" {
		t.Errorf("%v", l)
	}
}

func TestReportsRefuse(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	for name, body := range map[string]any{
		"unknown field":     object{"text": "x", "reporter_name": "y"},
		"unknown deep":      object{"text": "x", "reporter": object{"mail": "y"}},
		"no text":           object{"subject": "x"},
		"no address":        object{"text": "x", "reporter": object{"email": "a@b, c@d"}},
		"no label":          object{"text": "x", "tlp": "TLP:PINK"},
		"a number for text": object{"text": 7},
		"long subject":      object{"text": "x", "subject": strings.Repeat("s", 501)},
		"long text":         object{"text": strings.Repeat("s", 262145)},
		"a list":            "[]",
	} {
		if res, text := c.do("POST", "/reports", body); res.StatusCode != 422 || !strings.Contains(string(text), `"detail"`) {
			t.Errorf("%s: %s %.200s", name, res.Status, text)
		}
	}
	c.code(400, "POST", "/reports", `{"text":`)
	c.code(413, "POST", "/reports", object{"text": strings.Repeat("s", 2<<20)})
	for _, path := range []string{"/reports?q=state:nope", "/reports?cursor=zzz", "/reports?limit=0", "/reports?states=new", "/incidents?q=state:nope", "/suggest"} {
		c.code(422, "GET", path, nil)
	}
	if l := c.list("/reports"); len(l.Items) != 0 {
		t.Errorf("%v", l)
	}
}

// What somebody writes comes back as they wrote it, and as nothing else.
func TestHostileReportsComeBack(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	for _, hostile := range station.Hostile {
		id := c.reported(object{"subject": hostile, "text": hostile, "reporter": object{"name": hostile}})
		res, text := c.do("GET", "/reports/"+id, nil)
		if h := res.Header; h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v: %.300s", h, text)
		}
		if one := c.code(200, "GET", "/reports/"+id, nil); one["text"] != hostile {
			t.Errorf("%q became %q", hostile, one["text"])
		}
		c.do("GET", "/reports?q="+url.QueryEscape(hostile), nil)
		if res, text := c.do("GET", "/reports/"+url.PathEscape(hostile), nil); res.StatusCode != 404 && res.StatusCode != 422 {
			t.Errorf("%q: %s %.200s", hostile, res.Status, text)
		}
	}
	if l := c.list("/reports"); len(l.Items) != len(station.Hostile) {
		t.Errorf("%d of %d", len(l.Items), len(station.Hostile))
	}
}

func TestReportsArePaged(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	var ids []string
	for i := range 7 {
		ids = append(ids, c.reported(object{"subject": fmt.Sprint("number ", i)}))
	}
	seen := map[any]bool{}
	for path := "/reports?q=number&limit=3"; path != ""; {
		var l items
		res := c.want(200, "GET", path, nil, &l)
		for _, row := range l.Items {
			seen[row["id"]] = true
		}
		link := strings.TrimPrefix(res.Header.Get("Link"), "</api/v1")
		path, _, _ = strings.Cut(link, ">")
	}
	if len(seen) != len(ids) {
		t.Errorf("%d of %d", len(seen), len(ids))
	}
}

func TestIfMatch(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{})
	res, _ := c.do("GET", "/reports/"+id, nil)
	tag := res.Header.Get("ETag")
	c.header.Set("If-Match", tag)
	c.code(200, "PATCH", "/reports/"+id, object{"version": 1, "class": "fraud"})
	c.code(412, "PATCH", "/reports/"+id, object{"version": 2, "class": "other"}) // it is another now
	for _, bad := range []string{`W/` + tag, `"other"`, "nonsense"} {
		c.header.Set("If-Match", bad)
		c.code(412, "PATCH", "/reports/"+id, object{"version": 2, "class": "other"})
	}
	c.header.Set("If-Match", "*")
	c.code(412, "PATCH", "/reports/nosuch", object{"version": 2, "class": "other"})
	c.code(200, "PATCH", "/reports/"+id, object{"version": 2, "class": "other"})
}

// A token does what its scopes open, and nothing else.
func TestScopesOfReports(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	id := c.reported(object{})
	i := c.code(201, "POST", "/incidents", object{"title": "A flood"})["id"].(string)
	type ask struct {
		method, path string
		body         any
	}
	asks := map[identity.Scope][]ask{
		identity.ReportsRead:    {{"GET", "/reports", nil}, {"GET", "/reports/" + id, nil}, {"GET", "/suggest?q=x", nil}, {"GET", "/definition", nil}},
		identity.ReportsWrite:   {{"POST", "/reports", object{"text": "x"}}, {"POST", "/reports/" + id + "/moves", object{"move": "take"}}},
		identity.IncidentsRead:  {{"GET", "/incidents", nil}, {"GET", "/incidents/" + i, nil}},
		identity.IncidentsWrite: {{"POST", "/incidents", object{"title": "x"}}, {"POST", "/incidents/" + i + "/notes", object{"text": "x"}}},
		identity.AuditRead:      {{"GET", "/audit", nil}},
	}
	session := c.Client
	for scope := range asks {
		c.Client = session
		c.header = http.Header{}
		c.program(scope)
		for of, list := range asks {
			for _, a := range list {
				res, text := c.do(a.method, a.path, a.body)
				mayNote := scope == identity.ReportsWrite && strings.HasSuffix(a.path, "/notes") // a note is one thing, wherever it hangs
				if ok := res.StatusCode < 300; ok != (of == scope) && !mayNote && !(of == identity.IncidentsWrite && strings.HasSuffix(a.path, "/notes")) {
					t.Errorf("%s: %s %s: %s %.200s", scope, a.method, a.path, res.Status, text)
				} else if !ok && res.StatusCode != 403 && res.StatusCode != 404 {
					t.Errorf("%s: %s %s: %s %.200s", scope, a.method, a.path, res.Status, text)
				}
			}
		}
		for _, never := range []ask{{"POST", "/glass/" + id, object{"reason": "x"}}, {"POST", "/reports/" + id + "/erase", object{"reason": "x"}}, {"PUT", "/definition", object{"version": 0, "text": "x"}}} {
			c.code(403, never.method, never.path, never.body)
		}
	}
}
