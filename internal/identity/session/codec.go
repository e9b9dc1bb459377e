package session

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// What a session holds: texts by these keys, and those of Put.
const (
	keyID      = "id"
	keyActor   = "actor"
	keyName    = "name"
	keyAddress = "address"
	keyAgent   = "agent"
	keyNew     = "new"  // begun in this request
	own        = "own." // before the keys of Put
)

// packed is a session as it is stored.
type packed struct {
	Expires time.Time         `json:"expires"`
	Values  map[string]string `json:"values"`
}

// codec writes what a session holds, texts only, as JSON.
type codec struct{}

// Encode writes a session.
func (codec) Encode(expires time.Time, values map[string]any) ([]byte, error) {
	texts := make(map[string]string, len(values))
	for key, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, problem.New(problem.Internal, "a session holds texts, and %s is none", key)
		}
		texts[key] = text
	}
	return encode(texts, expires)
}

// Decode reads a session.
func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var p packed
	if err := json.Unmarshal(b, &p); err != nil {
		return time.Time{}, nil, problem.Wrap(problem.Internal, err, "read a session")
	}
	values := make(map[string]any, len(p.Values))
	for key, text := range p.Values {
		values[key] = text
	}
	return p.Expires, values, nil
}

func encode(texts map[string]string, expires time.Time) ([]byte, error) {
	return json.Marshal(packed{Expires: expires, Values: texts})
}

func decode(b []byte) (map[string]string, error) {
	var p packed
	err := json.Unmarshal(b, &p)
	return p.Values, problem.Wrap(problem.Internal, err, "read a session")
}
