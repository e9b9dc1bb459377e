package api

import (
	_ "embed"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle []byte

var docsTemplate = template.Must(template.New("docs").Parse(docsPage))

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// docsPolicy lets the page have its own stylesheet and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// addDocs adds the page that shows the description to people. It is made from the description, by the server: no script.
func (a *API) addDocs() {
	a.plain.HandleFunc("GET "+Root+"/docs.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(docsStyle)
	})
	a.plain.HandleFunc("GET "+Root+"/docs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", docsPolicy)
		if err := docsTemplate.Execute(w, a.docs()); err != nil {
			a.Log.ErrorContext(r.Context(), "the page about the API could not be written", "error", err)
		}
	})
	a.plain.HandleFunc(Root+"/", a.nothing)
}

// nothing answers for an address that has no operation, or none by this method.
func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.plain.Handler(other); pattern != Root+"/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		refuse(w, http.StatusMethodNotAllowed, "this address takes "+strings.Join(allowed, ", "))
		return
	}
	refuse(w, http.StatusNotFound, "there is nothing at this address: "+Root+"/docs lists what there is")
}

type (
	docs struct {
		Version string
		Groups  []docsGroup
		Schemas []docsSchema
	}
	docsGroup struct {
		Name       string
		Operations []docsOperation
	}
	docsOperation struct {
		Method, Path, ID, Summary, Detail, Key string
		Params                                 []docsField
		Body, Answer                           docsType
		Status                                 string
	}
	docsField struct {
		Name, In, Doc, Example string
		Type                   docsType
		Required               bool
	}
	docsSchema struct {
		Name   string
		Fields []docsField
	}
	// docsType is a type in words; Ref names its schema, if it has one.
	docsType struct{ Text, Ref string }
)

// docs makes what the page shows of the description.
func (a *API) docs() docs {
	d := docs{Version: a.Version}
	groups := map[string][]docsOperation{}
	for path, item := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete, item.Head} {
			if op != nil {
				groups[op.Tags[0]] = append(groups[op.Tags[0]], docsOperationOf(path, op))
			}
		}
	}
	for _, name := range []string{tagReports, tagIncidents, tagEvents, tagFindings, tagRegister, tagMessages, tagFeeds, tagHouse} {
		ops := groups[name]
		slices.SortFunc(ops, func(a, b docsOperation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
		d.Groups = append(d.Groups, docsGroup{name, ops})
	}
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	for name, s := range schemas {
		d.Schemas = append(d.Schemas, docsSchema{name, fieldsOf(s)})
	}
	slices.SortFunc(d.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })
	return d
}

func docsOperationOf(path string, op *huma.Operation) docsOperation {
	o := docsOperation{Method: op.Method, Path: path, ID: op.OperationID, Summary: op.Summary, Detail: op.Description}
	for _, need := range op.Security {
		for name := range need {
			o.Key = name
		}
	}
	for _, p := range op.Parameters {
		o.Params = append(o.Params, docsField{Name: p.Name, In: p.In, Doc: p.Description, Type: typeIn(p.Schema), Required: p.Required})
	}
	if op.RequestBody != nil {
		o.Body = contentOf(op.RequestBody.Content)
	}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			o.Status, o.Answer = status, contentOf(r.Content)
		}
	}
	return o
}

func contentOf(content map[string]*huma.MediaType) docsType {
	for kind, m := range content {
		t := typeIn(m.Schema)
		if t.Ref == "" && t.Text != "" {
			t.Text = kind
		}
		return t
	}
	return docsType{}
}

func fieldsOf(s *huma.Schema) (out []docsField) {
	for name, p := range s.Properties {
		out = append(out, docsField{Name: name, Doc: p.Description, Type: typeIn(p), Required: slices.Contains(s.Required, name)})
	}
	slices.SortFunc(out, func(a, b docsField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// typeIn says a type in words.
func typeIn(s *huma.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return docsType{name, name}
	case s.Type == "array":
		t := typeIn(s.Items)
		return docsType{"list of " + t.Text, t.Ref}
	case s.Format != "":
		return docsType{s.Type + " (" + s.Format + ")", ""}
	}
	return docsType{s.Type, ""}
}
