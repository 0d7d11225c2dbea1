package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Annotation by which writers sign what they make.
const ownerAnnotation = "example.com/owner"

const (
	// How long a cache may take to be what a fresh list is.
	catchUpLimit = 60 * time.Second
	// Tenants whose caches are compared at a time.
	comparedAtOnce = 8
)

type soakTenant struct {
	ID         string `json:"id"`
	Kubeconfig string `json:"kubeconfig"`
}

// sighting is an object that came to an informer, in a list or an event.
type sighting struct {
	Key      string `json:"key"`
	Revision int64  `json:"revision"`
	Owner    string `json:"owner,omitempty"`
}

// line is what is printed; `at` says which fields there are: list, watch, event, cache, forbidden, started, done.
type line struct {
	At       string `json:"at"`
	Tenant   string `json:"tenant,omitempty"`
	Resource string `json:"resource,omitempty"`
	// Numbers the watches of the process.
	Stream int `json:"stream,omitempty"`
	// Where a watch begins; 0 when it begins with the state.
	From     int64      `json:"from,omitempty"`
	Revision int64      `json:"revision,omitempty"`
	Items    []sighting `json:"items,omitempty"`
	// Of an event. A bookmark has a revision only.
	Type       string    `json:"type,omitempty"`
	Object     *sighting `json:"object,omitempty"`
	InitialEnd bool      `json:"initialEnd,omitempty"`
	// Of an ERROR.
	Code int32 `json:"code,omitempty"`
	// Of a cache: what it holds, and how it differs from a fresh list.
	Objects int      `json:"objects,omitempty"`
	Problem string   `json:"problem,omitempty"`
	Seen    []string `json:"seen,omitempty"`
}

type printer struct {
	mutex   sync.Mutex
	out     *json.Encoder
	streams int
}

func (p *printer) print(printed line) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err := p.out.Encode(printed); err != nil {
		panic(err)
	}
}

func (p *printer) nextStream() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.streams++
	return p.streams
}

// runSoakInformers keeps caches for many tenants, prints all that their informers are told, and at the line `verify` on stdin compares each
// cache with a fresh list. Ends at the end of stdin. Arguments: the media type, a JSON file with the tenants.
func runSoakInformers(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: soak-informers MEDIATYPE FILE")
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	var tenants []soakTenant
	if err := json.Unmarshal(text, &tenants); err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	out := &printer{out: json.NewEncoder(os.Stdout)}
	var informed []*informedTenant
	for _, tenant := range tenants {
		started, err := startInformers(ctx, tenant, args[0], out)
		if err != nil {
			return fmt.Errorf("%s: %w", tenant.ID, err)
		}
		informed = append(informed, started)
	}
	for _, tenant := range informed {
		for _, one := range tenant.informers {
			if !cache.WaitForCacheSync(ctx.Done(), one.informer.HasSynced) {
				return ctx.Err()
			}
		}
	}
	out.print(line{At: "started"})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case asked, more := <-lines:
			if !more {
				return nil
			}
			if asked == "verify" {
				verifyCaches(ctx, informed, out)
			}
		}
	}
}

type informedTenant struct {
	id        string
	watch     *watchful
	informers []*recordedInformer
}

func startInformers(ctx context.Context, tenant soakTenant, mediaType string, out *printer) (*informedTenant, error) {
	config, watch, err := connectBy(tenant.Kubeconfig, mediaType)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	core := client.CoreV1().RESTClient()
	informed := &informedTenant{id: tenant.ID, watch: watch, informers: []*recordedInformer{
		newRecordedInformer(core, tenant.ID, "configmaps", &corev1.ConfigMap{}, out),
		newRecordedInformer(core, tenant.ID, "namespaces", &corev1.Namespace{}, out),
		newRecordedInformer(client.RbacV1().RESTClient(), tenant.ID, "clusterroles", &rbacv1.ClusterRole{}, out),
	}}
	for _, one := range informed.informers {
		go one.informer.RunWithContext(ctx)
	}
	return informed, nil
}

// recordedInformer is an informer over all namespaces whose lists and watches are printed as they come.
type recordedInformer struct {
	tenant   string
	resource string
	direct   *cache.ListWatch
	informer cache.SharedIndexInformer
	out      *printer
	// Items of the pages that the reflector has so far: it asks for one after the other.
	pages []sighting
}

func newRecordedInformer(client rest.Interface, tenant, resource string, example runtime.Object, out *printer) *recordedInformer {
	r := &recordedInformer{
		tenant: tenant, resource: resource, out: out,
		direct: cache.NewListWatchFromClient(client, resource, metav1.NamespaceAll, fields.Everything()),
	}
	r.informer = cache.NewSharedIndexInformer(&cache.ListWatch{ListWithContextFunc: r.list, WatchFuncWithContext: r.watch}, example, 0, cache.Indexers{})
	return r
}

func (r *recordedInformer) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list, err := r.direct.ListWithContext(ctx, options)
	if err != nil {
		return list, err
	}
	if options.Continue == "" {
		r.pages = nil
	}
	r.pages = append(r.pages, sightingsIn(list)...)
	r.printIfWhole(list, r.pages)
	return list, nil
}

func (r *recordedInformer) printIfWhole(list runtime.Object, items []sighting) {
	about, err := meta.ListAccessor(list)
	if err != nil {
		panic(err)
	}
	if about.GetContinue() == "" {
		r.out.print(line{At: "list", Tenant: r.tenant, Resource: r.resource, Revision: revisionOf(about.GetResourceVersion()), Items: items})
	}
}

func (r *recordedInformer) watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	direct, err := r.direct.WatchWithContext(ctx, options)
	if err != nil {
		return direct, err
	}
	stream := r.out.nextStream()
	begin := line{At: "watch", Tenant: r.tenant, Resource: r.resource, Stream: stream, From: revisionOf(options.ResourceVersion)}
	if options.SendInitialEvents != nil && *options.SendInitialEvents {
		begin.From = 0
	}
	r.out.print(begin)
	return watch.Filter(direct, func(event watch.Event) (watch.Event, bool) {
		r.out.print(lineOf(stream, event))
		return event, true
	}), nil
}

func lineOf(stream int, event watch.Event) line {
	printed := line{At: "event", Stream: stream, Type: string(event.Type)}
	switch event.Type {
	case watch.Error:
		if status, ok := event.Object.(*metav1.Status); ok {
			printed.Code = status.Code
		}
	case watch.Bookmark:
		object, err := meta.Accessor(event.Object)
		if err != nil {
			panic(err)
		}
		printed.Revision = revisionOf(object.GetResourceVersion())
		printed.InitialEnd = object.GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true"
	default:
		seen := sightingOf(event.Object)
		printed.Object = &seen
	}
	return printed
}

func sightingsIn(list runtime.Object) []sighting {
	var items []sighting
	err := meta.EachListItem(list, func(item runtime.Object) error {
		items = append(items, sightingOf(item))
		return nil
	})
	if err != nil {
		panic(err)
	}
	return items
}

func sightingOf(item runtime.Object) sighting {
	object, err := meta.Accessor(item)
	if err != nil {
		panic(err)
	}
	key, err := cache.MetaNamespaceKeyFunc(item)
	if err != nil {
		panic(err)
	}
	return sighting{Key: key, Revision: revisionOf(object.GetResourceVersion()), Owner: object.GetAnnotations()[ownerAnnotation]}
}

// revisionOf is etcd's revision, -1 for what is none.
func revisionOf(resourceVersion string) int64 {
	revision, err := strconv.ParseInt(resourceVersion, 10, 64)
	if err != nil {
		return -1
	}
	return revision
}

// verifyCaches prints for each cache whether it is what a fresh list is, and what of the forbidden text has come.
func verifyCaches(ctx context.Context, tenants []*informedTenant, out *printer) {
	free := make(chan struct{}, comparedAtOnce)
	var all sync.WaitGroup
	for _, tenant := range tenants {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			for _, one := range tenant.informers {
				one.verify(ctx)
			}
			tenant.watch.mutex.Lock()
			defer tenant.watch.mutex.Unlock()
			out.print(line{At: "forbidden", Tenant: tenant.id, Seen: tenant.watch.seen})
		})
	}
	all.Wait()
	out.print(line{At: "done"})
}

func (r *recordedInformer) verify(ctx context.Context) {
	err := eventuallyWithin(ctx, catchUpLimit, time.Second, func() error {
		list, err := r.direct.ListWithContext(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		r.printIfWhole(list, sightingsIn(list))
		listed, err := objects(list, nil)
		if err != nil {
			return err
		}
		return sameAs(r.informer, listed)
	})
	verdict := line{At: "cache", Tenant: r.tenant, Resource: r.resource, Objects: len(r.informer.GetStore().ListKeys())}
	if err != nil {
		verdict.Problem = err.Error()
	}
	r.out.print(verdict)
}
