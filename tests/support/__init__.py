"""What tests share.

The app and its surroundings:
    app_client: calls the real ``function_app`` in this process, as the worker would.
    host: the local host as a process of its own, requests to it, and free ports.
    azurite: Microsoft's emulator of Azure Storage.
    ingestion: stands in for the service that takes telemetry.
    stand_in: stands in for any other service, by a function that answers.
    postgresql: a real PostgreSQL server.
    mlflow_server: a real ``mlflow server``.
    homes: fixtures of homes that are ready for MLflow and never the user's own.
    pythons: other Pythons on this machine, and environments made with them.
    chromium: the browser, and files of npm's packages.
    visit: a visit to the page, as a user makes it.

Made up:
    tweets: labelled tweets, and files of them.
    traffic: predictions and feedback as events.
    run_records: records of trainings that never were, and a bundle to go with one.
    registry: versions of the packaged bundle, and registries of their own.
    bundles: bundles and classifiers of models that a test trained.
    tiny_bert: a BERT of a few thousand random weights.
    scoring: scoring with a model that answers at once.
    event_list: a sink that keeps its events, and two of them.
    bad_bodies: requests that are refused, and why.
    sent_feedback: feedback through the app, and what is stored of it.
    drafts: a bundle that holds no real model.
    alert_scenarios: bursts of negative feedback, and what nearly is one.
    alert_events: the app's events in a scenario, as a rule's query sees them.

What must hold:
    contract_hooks: receipts for what schemathesis makes up.
    store_contract: tests of every feedback store.
    feedback_stores: both stores, each with a way to write to it behind the app's back.
    behaviours: what a reader of tweets must be able to do.
    html_page: a report as a browser or a screen reader finds it.
    bicep: reads Bicep files as far as the tests ask.
"""
