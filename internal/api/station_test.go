package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

// caller asks a station's API.
type caller struct {
	testing.TB
	*station.Station
	header http.Header
}

func call(t testing.TB, o station.Options) *caller {
	t.Helper()
	return &caller{TB: t, Station: station.Open(t, o), header: http.Header{}}
}

// do makes a request and gives the answer with its body read.
func (c *caller) do(method, path string, body any) (*http.Response, []byte) {
	c.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.URL+"/api/v1"+path, in)
	if err != nil {
		c.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	res, err := c.Client.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return res, text
}

// want makes a request that is to be answered with a status, and reads the answer into out.
func (c *caller) want(status int, method, path string, body, out any) *http.Response {
	c.Helper()
	res, text := c.do(method, path, body)
	if res.StatusCode != status {
		c.Fatalf("%s %s: %s, want %d\n%.600s", method, path, res.Status, status, text)
	}
	if status >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
		c.Errorf("%s %s: an error of type %q", method, path, res.Header.Get("Content-Type"))
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			c.Fatalf("%s %s: %v in %.300s", method, path, err, text)
		}
	}
	return res
}

// items is a list as it is answered.
type items struct {
	Items []map[string]any `json:"items"`
	Next  string           `json:"next"`
}

func (c *caller) list(path string) items {
	c.Helper()
	var l items
	c.want(http.StatusOK, http.MethodGet, path, nil, &l)
	return l
}
