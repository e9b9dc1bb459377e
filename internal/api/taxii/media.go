package taxii

import (
	"mime"
	"net/http"
	"strings"
)

// MediaType is the type of all that is sent (TAXII 2.1 §1.6.8).
const MediaType = "application/taxii+json;version=2.1"

// objectType is the type of what is in a collection.
const objectType = "application/stix+json;version="

// takes tells whether a type with its parameters, as Accept and Content-Type have them, means TAXII 2.1. Without a version it is the newest, which
// this is.
func takes(kind string, params map[string]string) bool {
	return kind == "application/taxii+json" && (params["version"] == "" || params["version"] == "2.1")
}

// acceptable tells whether the Accept headers let us answer. Who says nothing takes anything; of what is said, the most exact counts (RFC 9110 §12.5.1).
func acceptable(h http.Header) bool {
	all := strings.Join(h.Values("Accept"), ",")
	if strings.TrimSpace(all) == "" {
		return true
	}
	most, wanted := 0, false
	for part := range strings.SplitSeq(all, ",") {
		kind, params, err := mime.ParseMediaType(part)
		n := exact(kind, params)
		if err != nil || n == 0 || n < most {
			continue
		}
		wanted = !none(params["q"]) || n == most && wanted
		most = n
	}
	return wanted
}

// exact says how exactly a type of an Accept header means ours; 0 is not at all.
func exact(kind string, params map[string]string) int {
	switch {
	case kind == "*/*":
		return 1
	case kind == "application/*":
		return 2
	case !takes(kind, params):
		return 0
	case params["version"] == "":
		return 3
	}
	return 4
}

// none tells whether a weight is zero: this type is not wanted.
func none(q string) bool {
	return q != "" && strings.Trim(q, "0.") == ""
}

// sent tells whether the Content-Type is what we read.
func sent(h http.Header) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && takes(kind, params)
}
