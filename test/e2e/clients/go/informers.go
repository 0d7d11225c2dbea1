package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// runInformers keeps caches of pods, configmaps and namespaces, of all namespaces and of one, while all of them change; in the end each must hold
// what a fresh list holds. Argument: the media type.
func runInformers(ctx context.Context, args []string) error {
	config, watch, err := connect(args[0])
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	const namespace = "informed"
	if err := ensureNamespace(ctx, client, namespace); err != nil {
		return err
	}
	all := informers.NewSharedInformerFactory(client, 0)
	one := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	labelled := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(func(options *metav1.ListOptions) {
		options.LabelSelector = "even=true"
	}))
	caches := map[string]cache.SharedIndexInformer{
		"pods -A":                all.Core().V1().Pods().Informer(),
		"configmaps -A":          all.Core().V1().ConfigMaps().Informer(),
		"namespaces":             all.Core().V1().Namespaces().Informer(),
		"pods of one":            one.Core().V1().Pods().Informer(),
		"configmaps of one":      one.Core().V1().ConfigMaps().Informer(),
		"configmaps -A by label": labelled.Core().V1().ConfigMaps().Informer(),
	}
	running, end := context.WithCancel(ctx)
	for _, factory := range []informers.SharedInformerFactory{all, one, labelled} {
		factory.Start(running.Done())
		defer factory.Shutdown()
	}
	// Before the factories are waited for.
	defer end()
	synced, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	for name, informer := range caches {
		if !cache.WaitForCacheSync(synced.Done(), informer.HasSynced) {
			return fmt.Errorf("the cache of %s does not fill", name)
		}
	}
	held("caches fill", "%d", len(caches))
	if err := churn(ctx, client, namespace); err != nil {
		return err
	}
	lists := map[string]func() (map[string]any, error){
		"pods -A": func() (map[string]any, error) {
			return objects(client.CoreV1().Pods("").List(ctx, metav1.ListOptions{}))
		},
		"configmaps -A": func() (map[string]any, error) {
			return objects(client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{}))
		},
		"namespaces": func() (map[string]any, error) {
			return objects(client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{}))
		},
		"pods of one": func() (map[string]any, error) {
			return objects(client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}))
		},
		"configmaps of one": func() (map[string]any, error) {
			return objects(client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{}))
		},
		"configmaps -A by label": func() (map[string]any, error) {
			return objects(client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{LabelSelector: "even=true"}))
		},
	}
	for name, informer := range caches {
		err := eventually(ctx, func() error {
			listed, err := lists[name]()
			if err != nil {
				return err
			}
			return sameAs(informer, listed)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		held("cache equals a fresh list: "+name, "%d objects", len(informer.GetStore().ListKeys()))
	}
	if err := checkMediaTypes(watch, args[0]); err != nil {
		return err
	}
	return watch.verdict()
}

// churn creates, updates, patches and deletes.
func churn(ctx context.Context, client kubernetes.Interface, namespace string) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	for i := range 12 {
		name := fmt.Sprintf("cm-%d", i)
		labels := map[string]string{"even": fmt.Sprint(i%2 == 0)}
		made, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Data: map[string]string{"n": name}}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		switch i % 4 {
		case 0:
			made.Data["updated"] = "yes"
			_, err = maps.Update(ctx, made, metav1.UpdateOptions{})
		case 1:
			// Into the selector.
			_, err = maps.Patch(ctx, name, types.StrategicMergePatchType, []byte(`{"metadata":{"labels":{"even":"true"}}}`), metav1.PatchOptions{})
		case 2:
			// Out of it.
			_, err = maps.Patch(ctx, name, types.JSONPatchType, []byte(`[{"op":"replace","path":"/metadata/labels/even","value":"false"}]`), metav1.PatchOptions{})
		case 3:
			err = maps.Delete(ctx, name, metav1.DeleteOptions{})
		}
		if err != nil {
			return err
		}
	}
	pods := client.CoreV1().Pods(namespace)
	for i := range 4 {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%d", i)}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/none"}}}}
		if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	now := int64(0)
	if err := pods.Delete(ctx, "pod-0", metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		return err
	}
	if err := ensureNamespace(ctx, client, namespace+"-more"); err != nil {
		return err
	}
	return client.CoreV1().Namespaces().Delete(ctx, namespace+"-more", metav1.DeleteOptions{})
}

func ensureNamespace(ctx context.Context, client kubernetes.Interface, name string) error {
	_, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	return err
}

// objects are the items of a list, by namespace and name.
func objects(list any, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	items := reflect.ValueOf(list).Elem().FieldByName("Items")
	found := map[string]any{}
	for i := range items.Len() {
		item := items.Index(i).Addr().Interface()
		key, err := cache.MetaNamespaceKeyFunc(item)
		if err != nil {
			return nil, err
		}
		found[key] = item
	}
	return found, nil
}

func sameAs(informer cache.SharedIndexInformer, listed map[string]any) error {
	keys, expected := sets.New(informer.GetStore().ListKeys()...), sets.KeySet(listed)
	if !keys.Equal(expected) {
		return fmt.Errorf("the cache lacks %v and has %v too many", expected.Difference(keys).UnsortedList(), keys.Difference(expected).UnsortedList())
	}
	for key, item := range listed {
		cached, _, _ := informer.GetStore().GetByKey(key)
		a, errA := json.Marshal(cached)
		b, errB := json.Marshal(item)
		if errA != nil || errB != nil || string(a) != string(b) {
			return fmt.Errorf("%s is in the cache\n%s\nand in the list\n%s", key, a, b)
		}
	}
	return nil
}

// checkMediaTypes holds the server to what was asked for; watches and lists have to agree.
func checkMediaTypes(watch *watchful, asked string) error {
	watch.mutex.Lock()
	defer watch.mutex.Unlock()
	answered := sets.New[string]()
	for path, mediaType := range watch.mediaTypes {
		if strings.HasSuffix(path, "/configmaps") {
			answered.Insert(strings.SplitN(mediaType, ";", 2)[0])
		}
	}
	if !answered.Equal(sets.New(asked)) {
		return fmt.Errorf("asked for %s, answered %v", asked, sets.List(answered))
	}
	held("media type", "%s for %s", strings.Join(sets.List(answered), ","), asked)
	return nil
}
