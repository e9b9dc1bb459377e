package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

func TestCorrectionIsShownThenSent(t *testing.T) {
	c := call(t, station.Options{Sent: true})
	id := c.list("/batches").Items[0]["id"].(string)
	before := len(c.list("/notifications?limit=1000").Items)
	var shown, sent object
	c.want(http.StatusOK, http.MethodPost, "/batches/"+id+"/correction", object{"text": "The addresses were wrong."}, &shown)
	to := shown["to"].([]any)
	if len(to) == 0 || shown["correction"] != nil || len(c.list("/notifications?limit=1000").Items) != before {
		t.Fatalf("got %v", shown)
	}
	for _, send := range []bool{false, true} { // the others read it, too
		named := object{"text": "It was " + to[0].(map[string]any)["organisation"].(string) + ".", "send": send}
		c.want(http.StatusConflict, http.MethodPost, "/batches/"+id+"/correction", named, nil)
	}
	c.want(http.StatusOK, http.MethodPost, "/batches/"+id+"/correction", object{"text": "The addresses were wrong.", "send": true}, &sent)
	if len(sent["to"].([]any)) != len(to) || sent["correction"] == nil || len(c.list("/notifications?limit=1000").Items) <= before {
		t.Errorf("got %v", sent)
	}
}

func TestTextsHaveVersions(t *testing.T) {
	c := call(t, station.Options{})
	in := object{"language": "en", "file": "message.txt.tmpl", "text": "{{ broken"}
	var v object
	c.want(http.StatusCreated, http.MethodPost, "/texts/versions", in, &v)
	if v["fault"] == nil {
		t.Errorf("a broken text has no fault: %v", v)
	}
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/texts/versions/"+v["id"].(string)+"/activate", nil, nil)
	l := c.list("/texts/versions?language=en&file=message.txt.tmpl")
	if len(l.Items) != 1 || l.Items[0]["text"] != nil {
		t.Errorf("got %v", l)
	}
	c.want(http.StatusOK, http.MethodGet, "/texts/versions/"+v["id"].(string), nil, &v)
	if !strings.Contains(v["text"].(string), "broken") {
		t.Errorf("got %v", v)
	}
	c.want(http.StatusConflict, http.MethodDelete, "/texts?language=en&file=message.txt.tmpl", nil, nil)
}

func TestQueriesAreKept(t *testing.T) {
	c := call(t, station.Options{})
	c.want(http.StatusCreated, http.MethodPost, "/queries", object{"page": "findings", "name": "mine", "query": "state:open"}, nil)
	l := c.list("/queries?page=findings")
	if len(l.Items) != 1 || l.Items[0]["query"] != "state:open" {
		t.Fatalf("got %v", l)
	}
	c.want(http.StatusUnprocessableEntity, http.MethodPost, "/queries", object{"page": "findings", "name": "bad", "query": "nosuch:1"}, nil)
	c.want(http.StatusNoContent, http.MethodDelete, "/queries/"+l.Items[0]["id"].(string), nil, nil)
}
