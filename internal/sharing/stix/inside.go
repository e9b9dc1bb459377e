package stix

import (
	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/core/problem"
)

// Inside gives the observables that lie within the object itself, by their keys, as STIX 2.0 has it; those that refer to each other do so by these
// keys. Errors: Invalid for one that cannot be read.
func (o *ObservedData) Inside() (map[string]Body, error) {
	out := make(map[string]Body, len(o.Objects))
	for key, raw := range o.Objects {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the object %q within it", cut(key))
		}
		m := models[head.Type]
		if m.class != Observable || m.make == nil {
			continue
		}
		b := m.make()
		if err := json.Unmarshal(raw, b); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the object %q within it", cut(key))
		}
		if check := checks[head.Type]; check != nil {
			if f := check(b); f != nil {
				return nil, problem.New(problem.Invalid, "the object %q within it: %s", cut(key), f.reason)
			}
		}
		out[key] = b
	}
	return out, nil
}
