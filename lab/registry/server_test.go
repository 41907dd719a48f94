package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/vic-operator/vic-operator/lab/images"
)

// cached is the real set, large image included: the one that labs serve.
var cached *images.Set

func TestMain(m *testing.M) {
	dir, err := filepath.Abs("../../.lab/cache/images")
	if err == nil {
		cached, err = images.Build(context.Background(), dir, func(string) {})
	}
	if err != nil {
		panic(err)
	}
	m.Run()
}

func start(t *testing.T) (address string, order func(method, path, body string) int, server *Server) {
	t.Helper()
	server, err := New(t.TempDir(), cached)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler)
	t.Cleanup(web.Close)
	order = func(method, path, body string) int {
		answer := httptest.NewRecorder()
		server.Control.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
		return answer.Code
	}
	return strings.TrimPrefix(web.URL, "http://"), order, server
}

func pull(t *testing.T, address, reference string) (v1.Image, error) {
	t.Helper()
	ref, err := name.ParseReference(address+"/"+reference, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Image(ref, remote.WithContext(t.Context()), remote.WithRetryPredicate(func(error) bool { return false }))
}

func TestNonsenseOrdersAreRefused(t *testing.T) {
	_, order, _ := start(t)
	for _, body := range []string{
		`{}`, `{"path": "."}`, `{"path": "(", "status": 500}`, `{"path": ".", "status": 200}`, `{"path": ".", "statsu": 500}`,
		`{"path": ".", "times": -1, "status": 500}`, `[]`, `{"path": ".", "status": "500"}`, `{"path": ".", "status": 500} x`,
	} {
		if code := order("POST", "/registry/faults", body); code != http.StatusBadRequest {
			t.Errorf("%s: answered %d", body, code)
		}
	}
	if code := order("POST", "/registry/certificate", `{"certificate": "pink"}`); code != http.StatusBadRequest {
		t.Errorf("certificate pink: answered %d", code)
	}
}

func TestAllStockedImagesAreWhole(t *testing.T) {
	address, _, _ := start(t)
	for _, reference := range []string{
		"busybox", "library/busybox", "library/layers", "library/layers:docker", "library/large", "library/debian", "library/jq",
	} {
		image, err := pull(t, address, reference)
		if err == nil {
			err = validate.Image(image) // all digests, sizes and diffIDs
		}
		if err != nil {
			t.Errorf("%s: %v", reference, err)
		}
	}
}

func TestFormsOfLayersAreOneChain(t *testing.T) {
	address, _, _ := start(t)
	diffIDs := func(reference string) string {
		image, err := pull(t, address, reference)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		list, _ := json.Marshal(config.RootFS.DiffIDs)
		return string(list)
	}
	want := diffIDs("library/layers:latest")
	for _, tag := range []string{"zstd", "docker"} {
		if got := diffIDs("library/layers:" + tag); got != want {
			t.Errorf("%s: diffIDs %s, want %s", tag, got, want)
		}
	}
}

func TestOrderedFailuresHitAndEnd(t *testing.T) {
	address, order, _ := start(t)
	for _, fault := range []string{ // close: Go's client repeats a GET whose idle connection was closed
		`{"path": "/manifests/", "status": 503, "times": 1}`,
		`{"path": "/manifests/", "close": true, "times": 2}`,
		`{"path": "/manifests/", "login": {"username": "u", "password": "p"}, "times": 1}`,
		`{"path": "/blobs/", "corrupt": true, "times": 1}`,
		`{"path": "/blobs/", "cutAfterBytes": 100, "times": 1}`,
	} {
		if code := order("POST", "/registry/faults", fault); code != http.StatusOK {
			t.Fatalf("%s: answered %d", fault, code)
		}
		read := func() error {
			image, err := pull(t, address, "busybox")
			if err != nil {
				return err
			}
			layers, err := image.Layers()
			if err != nil {
				return err
			}
			content, err := layers[0].Compressed()
			if err != nil {
				return err
			}
			defer content.Close()
			_, err = io.Copy(io.Discard, content) // remote checks the digest
			return err
		}
		if err := read(); err == nil {
			t.Errorf("%s: a pull went well", fault)
		}
		if err := read(); err != nil {
			t.Errorf("%s: and the next pull: %v", fault, err)
		}
	}
}

func TestBrokenImagesAreBroken(t *testing.T) {
	address, _, _ := start(t)
	for _, reference := range []string{"broken/diffid", "broken/cut", "broken/missing", "broken/platform"} {
		image, err := pull(t, address, reference)
		if err == nil {
			err = validate.Image(image)
		}
		if err == nil {
			t.Errorf("%s has nothing wrong", reference)
		}
	}
}

func TestPushedImagesAreServed(t *testing.T) {
	address, _, _ := start(t)
	image, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(address+"/mine:1", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	back, err := pull(t, address, "mine:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Fatal(err)
	}
}

func TestCertificatesAreRefusedForTheirReason(t *testing.T) {
	dir := t.TempDir()
	server, err := New(dir, cached)
	if err != nil {
		t.Fatal(err)
	}
	// Not httptest's TLS server, which shows a certificate of its own.
	web := &http.Server{Handler: server.Handler, TLSConfig: server.certificates.config(), ErrorLog: log.New(io.Discard, "", 0)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go web.ServeTLS(listener, "", "")
	defer web.Close()
	ca, err := os.ReadFile(CACert(dir))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	for kind, want := range map[string]string{
		"valid": "", "wrong-host": "doesn't contain any IP SANs", "expired": "expired", "untrusted": "unknown authority",
	} {
		if err := server.certificates.show(kind); err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
		answer, err := client.Get("https://" + listener.Addr().String() + "/v2/")
		if err == nil {
			answer.Body.Close()
		}
		if got := errorText(err); (want == "") != (err == nil) || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPullsNeedTheLoginThatIsDemanded(t *testing.T) {
	address, order, _ := start(t)
	ref, err := name.ParseReference(address+"/library/busybox", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"basic", "bearer"} {
		if code := order("POST", "/registry/login", `{"mode": "`+mode+`", "username": "u", "password": "right"}`); code != http.StatusOK {
			t.Fatalf("%s: answered %d", mode, code)
		}
		for password, want := range map[string]bool{"right": true, "wrong": false} {
			_, err := remote.Image(ref, remote.WithAuth(&authn.Basic{Username: "u", Password: password}))
			if (err == nil) != want {
				t.Errorf("%s, password %s: %v", mode, password, err)
			}
		}
		if _, err := pull(t, address, "library/busybox"); err == nil {
			t.Errorf("%s: a stranger pulled", mode)
		}
	}
	if order("POST", "/registry/login", `{"mode": "bearer", "username": "u", "anonymous": true}`) != http.StatusOK {
		t.Fatal("refused")
	}
	if _, err := pull(t, address, "library/busybox"); err != nil {
		t.Errorf("a token for everybody: %v", err)
	}
	for _, body := range []string{`{"mode": "digest", "username": "u"}`, `{"mode": "basic"}`} {
		if code := order("POST", "/registry/login", body); code != http.StatusBadRequest {
			t.Errorf("%s: answered %d", body, code)
		}
	}
	order("DELETE", "/registry/faults", "")
	if _, err := pull(t, address, "library/busybox"); err != nil {
		t.Errorf("no login any more: %v", err)
	}
}

func TestRedirectsKeepThePath(t *testing.T) {
	address, order, _ := start(t)
	order("POST", "/registry/faults", `{"path": "^/v2/here/", "redirect": "http://elsewhere.example"}`)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get("http://" + address + "/v2/here/manifests/latest?x=1")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := answer.Header.Get("Location"); answer.StatusCode != 307 || got != "http://elsewhere.example/v2/here/manifests/latest?x=1" {
		t.Errorf("%d to %s", answer.StatusCode, got)
	}
}

func TestRefusalsHaveTheirMediaType(t *testing.T) {
	_, _, server := start(t)
	answer := httptest.NewRecorder()
	server.Handler.ServeHTTP(answer, httptest.NewRequest("GET", "/v2/library/nosuch/manifests/latest", nil))
	if answer.Code != http.StatusNotFound || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", answer.Code, answer.Header().Get("Content-Type"))
	}
}
