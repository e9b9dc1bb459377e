package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// charts bundles the parts of ECharts that charts.js names. The whole library is twice the size.
func (v *copier) charts(entry string) error {
	abs, err := filepath.Abs(entry)
	if err != nil {
		return err
	}
	out := api.Build(api.BuildOptions{
		EntryPoints: []string{abs}, Bundle: true, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Format: api.FormatIIFE, GlobalName: "echarts", Target: api.ES2020, LegalComments: api.LegalCommentsEndOfFile,
		Define: map[string]string{"process.env.NODE_ENV": `"production"`}, Charset: api.CharsetUTF8,
	})
	var errs []error
	for _, m := range out.Errors {
		errs = append(errs, fmt.Errorf("bundle charts: %s", m.Text))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(out.OutputFiles) != 1 {
		return fmt.Errorf("bundle charts: %d files came out", len(out.OutputFiles))
	}
	return v.write(file{Path: "echarts.min.js", Package: "echarts", From: "npm/charts.js, bundled"}, out.OutputFiles[0].Contents)
}

// read is a file of a package, as text.
func (v *copier) read(parts ...string) (string, error) {
	body, err := os.ReadFile(filepath.Join(append([]string{v.modules}, parts...)...))
	return string(body), err
}
