package api_test

import (
	"testing"

	"github.com/firehall/firehall/test/station"
)

func TestTimelineByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	path := "/incidents/" + c.code(201, "POST", "/incidents", object{"title": "Flood"})["id"].(string)
	at := path + "/timeline"
	e := c.code(201, "POST", at, object{"at": "2020-01-02T03:04:05Z", "text": "It <b>began</b>."})
	if e["world"] != true || e["version"] != 1.0 {
		t.Errorf("%v", e)
	}
	c.code(422, "POST", at, object{"at": "2020-01-02T03:04:05Z", "text": "x", "side": "other"})
	c.code(422, "POST", at, object{"text": "x"})
	one := at + "/" + e["id"].(string)
	c.code(200, "PATCH", one, object{"version": 1, "at": "2020-01-02T03:04:05Z", "side": "ours", "text": "We rang."})
	if clash := c.code(409, "PATCH", one, object{"version": 1, "at": "2020-01-02T03:04:05Z", "text": "Mine."}); clash == nil {
		t.Error("no clash")
	}
	if l := c.list(at + "?kind=written"); len(l.Items) != 1 || l.Items[0]["text"] != "We rang." {
		t.Errorf("%v", l)
	}
	if l := c.list(at + "?limit=1"); len(l.Items) != 1 || l.Next == "" {
		t.Errorf("%v", l)
	}
	c.code(422, "DELETE", one, nil)
	c.code(204, "DELETE", one+"?version=2&reason=another", nil)
	if l := c.list(at + "?kind=written"); len(l.Items) != 0 {
		t.Errorf("%v", l)
	}
	c.code(404, "GET", "/incidents/I-NOSUCH/timeline", nil)
}

func TestLettersByTheAPI(t *testing.T) {
	c := call(t, station.Options{Bare: true})
	path := "/incidents/" + c.code(201, "POST", "/incidents", object{"title": "Flood"})["id"].(string) + "/dialogues"
	letter := object{"parties": []object{{"name": "A", "email": "a@a.example"}, {"name": "B", "email": "b@b.example"}}, "subject": "A question", "text": "Dear {party}"}
	o := c.code(200, "POST", path+"/preview", letter)
	if list := o["recipients"].([]any); len(list) != 2 || list[1].(map[string]any)["text"] != "Dear B" {
		t.Errorf("%v", o)
	}
	c.code(409, "POST", path, object{"parties": []object{{"name": "A"}}, "subject": "s", "text": "t"})
	c.code(422, "POST", path, object{"parties": []object{}, "subject": "s", "text": "t"})
}
